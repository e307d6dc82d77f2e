import { expect } from "chai";
import { Branch, type Family, type Incumbent, spaceOf } from "../../mapper/branch.kernel.js";
import { undominated } from "../../mapper/dominance.kernel.js";
import { limitsOf } from "../../mapper/limits.js";
import { columnsOf, everyRow, type OpenRows } from "../../mapper/open.kernel.js";
import { problemOf } from "../../mapper/problem.js";
import { Space } from "../../mapper/space.js";
import { problemFrom } from "./problems.js";

/** Families with more complete choices are left to the comparison with brute force. */
const MOST = 6000;

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

  it("lose no least choice by leaving out dominated rows", () => {
    let dropped = 0;
    for (const { title, family } of families(25)) {
      if (!family.isExact) continue;
      const space = spaceOf(family);
      const kept = family.rows.map((_, g): OpenRows => {
        const open = everyRow(space, g, family.tables[g]?.packing ?? new Int32Array(0));
        const { ambiguous } = family.tables[g] ?? { ambiguous: new Uint8Array(0) };
        const vague = Uint8Array.from(family.rows[g]?.rows ?? [], (row) => ambiguous[row] ?? 0);
        return undominated(space, open, vague);
      });
      kept.forEach(({ ids }, g) => {
        dropped += (family.rows[g]?.rows.length ?? 0) - ids.length;
      });
      const least = leastOf(family, all(family));
      const left = leastOf(
        family,
        kept.map(({ members }) => members),
      );
      if (least === Number.POSITIVE_INFINITY) expect(left, title).to.equal(least);
      else expect(left, title).to.be.closeTo(least, 1e-9);
    }
    expect(dropped).to.be.greaterThan(100);
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
