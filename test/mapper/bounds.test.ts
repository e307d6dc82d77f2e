import { expect } from "chai";
import { Branch, type Family, type Incumbent, spaceOf } from "../../mapper/branch.kernel.js";
import { undominated } from "../../mapper/dominance.kernel.js";
import { limitsOf } from "../../mapper/limits.js";
import { columnsOf, everyRow } from "../../mapper/open.kernel.js";
import { problemOf } from "../../mapper/problem.js";
import { Space } from "../../mapper/space.js";
import { problemFrom } from "./problems.js";
import { choicesOf, countOf } from "./promises.js";

/** Families with more complete choices are left to the comparison with brute force. */
const MOST = 6000;
const FEW = 300;

/** Families of random small problems (the same kinds as brute force sees), few enough choices each to price them all. */
function* families(seeds: number): Generator<{ readonly title: string; readonly family: Family }> {
  for (let seed = 1; seed <= seeds; seed++) {
    const { title, layer, architecture, objective } = problemFrom(seed);
    const problem = problemOf(layer, architecture);
    const space = new Space(problem, limitsOf(problem, null), objective);
    let taken = 0;
    for (const at of space.placements.keys())
      for (const { family } of space.families(at)) {
        const choices = family.rows.reduce((n, { rows }) => n * rows.length, 1);
        if (choices > MOST || ++taken > 12) continue;
        yield { title, family };
      }
  }
}

/** The least log value of all complete choices of the given rows (indices into the family's), Infinity where none is legal. */
function leastOf(family: Family, rows: readonly Int32Array[]): number {
  const space = spaceOf(family);
  const out = new Float64Array(3);
  let least = Number.POSITIVE_INFINITY;
  const chosen = rows.map(() => 0);
  const visit = (g: number): void => {
    const own = rows[g];
    if (own === undefined) {
      const columns = columnsOf(space, chosen);
      if (family.relaxation.fanouts.some(({ column, most }) => (columns[column] ?? 0) > most + 1e-9)) return;
      if (family.valuation.price(columns, out)) least = Math.min(least, Math.log(out[0] ?? 0));
      return;
    }
    for (const row of own) {
      chosen[g] = row;
      visit(g + 1);
    }
  };
  visit(0);
  return least;
}

const all = ({ rows }: Family): readonly Int32Array[] => rows.map((of) => Int32Array.from(of.rows.keys()));

/** Per group the rows that no other dominates, by their indices in the family's. */
const keptOf = (family: Family): readonly Int32Array[] => {
  const space = spaceOf(family);
  return family.rows.map((_, g) => {
    const open = everyRow(space, g, family.tables[g]?.packing ?? new Int32Array(0));
    const { ambiguous } = family.tables[g] ?? { ambiguous: new Uint8Array(0) };
    const vague = Uint8Array.from(family.rows[g]?.rows ?? [], (row) => ambiguous[row] ?? 0);
    return undominated(space, open, vague).members;
  });
};

/** By what the other groups choose: log of the least value of all rows of the group, and of some. */
function leastBeside(family: Family, group: number, some: ReadonlySet<number>) {
  const out = new Float64Array(3);
  const found = new Map<string, { whole: number; some: number }>();
  for (const { chosen, columns } of choicesOf(family)) {
    if (!family.valuation.price(columns, out)) continue;
    const value = Math.log(out[0] ?? 0);
    const key = `${chosen.filter((_, g) => g !== group)}`;
    const known = found.get(key) ?? { whole: Number.POSITIVE_INFINITY, some: Number.POSITIVE_INFINITY };
    known.whole = Math.min(known.whole, value);
    if (some.has(chosen[group] ?? -1)) known.some = Math.min(known.some, value);
    found.set(key, known);
  }
  return found;
}

/** Nothing is known, and what is found is noted. */
function noting(cutoff: number): Incumbent & { least: number } {
  let seen = Number.POSITIVE_INFINITY;
  const noted = {
    least: Number.POSITIVE_INFINITY,
    cutoff: () => Math.min(cutoff, noted.least),
    isWorthOffering: (value: number) => {
      seen = Math.log(value);
      return seen < noted.least;
    },
    offer: () => {
      noted.least = seen;
    },
    tick: () => false,
  };
  return noted;
}

describe("bounds of order families", () => {
  it("never pass the value of any complete choice, and are finite where one is legal", () => {
    let compared = 0;
    for (const { title, family } of families(40)) {
      const least = leastOf(family, all(family));
      const first = new Branch(family, { ...noting(Number.POSITIVE_INFINITY), isWorthOffering: () => false }).first(
        null,
      );
      if (least === Number.POSITIVE_INFINITY) continue;
      expect(first.left, title).to.not.equal(null);
      expect(first.bound, title).to.be.at.most(least + 1e-9);
      compared++;
    }
    expect(compared).to.be.greaterThan(60);
  });

  it("lose no least choice by leaving out dominated rows, whatever the other groups choose", () => {
    let [dropped, held] = [0, 0];
    for (const { title, family } of families(12)) {
      if (!family.isExact || countOf(family) > FEW) continue;
      const kept = keptOf(family);
      kept.forEach((own, g) => {
        dropped += (family.rows[g]?.rows.length ?? 0) - own.length;
        const left = new Set(own);
        for (const [others, { whole, some }] of leastBeside(family, g, left)) {
          held++;
          if (whole === some) continue;
          expect(some, `${title}: group ${g} beside ${others}`).to.be.closeTo(whole, 1e-9);
        }
      });
    }
    expect(dropped).to.be.greaterThan(100);
    expect(held).to.be.greaterThan(100);
  });

  it("let a row whose words are bounds only drop no other", () => {
    let dropped = 0;
    for (const { family } of families(8)) {
      const space = spaceOf(family);
      family.rows.forEach(({ rows }, g) => {
        const open = everyRow(space, g, family.tables[g]?.packing ?? new Int32Array(0));
        const idsUnder = (isVague: (i: number) => boolean): ReadonlySet<number> =>
          new Set(
            undominated(
              space,
              open,
              Uint8Array.from(rows, (_, i) => (isVague(i) ? 1 : 0)),
            ).ids,
          );
        expect(idsUnder(() => true)).to.have.property("size", open.ids.length);
        const [sure, half] = [idsUnder(() => false), idsUnder((i) => i % 2 === 0)];
        dropped += open.ids.length - sure.size;
        for (const id of sure) expect(half.has(id)).to.equal(true);
      });
    }
    expect(dropped).to.be.greaterThan(20);
  });

  it("lead to the least choice of the family, whatever is joined, listed or branched on", () => {
    for (const { title, family } of families(25)) {
      const least = leastOf(family, all(family));
      const incumbent = noting(Number.POSITIVE_INFINITY);
      expect(new Branch(family, incumbent).run(null), title).to.equal(true);
      if (least === Number.POSITIVE_INFINITY) expect(incumbent.least, title).to.equal(least);
      else expect(incumbent.least, title).to.be.closeTo(least, 1e-9);
    }
  });
});
