import { expect } from "chai";
import { type Random, seeded } from "../../base/index.js";
import { Branch, type Effort, type Family, type Hint, type Incumbent } from "../../mapper/branch.kernel.js";
import { Horizon } from "../../mapper/horizon.kernel.js";
import { limitsOf } from "../../mapper/limits.js";
import { packingOf } from "../../mapper/packing.js";
import { problemOf } from "../../mapper/problem.js";
import { Space } from "../../mapper/space.js";
import { groundOf, pointAt, pointFrom } from "./points.js";
import { meetingProblemFrom, problemFrom } from "./problems.js";
import { choicesOf, countOf } from "./promises.js";
import { readyFrom } from "./trial.js";
import { type Kind, trialFrom } from "./trial-problems.js";

/** Families with more complete choices are left to others, and placements with so many nodes that they have many orders. */
const MOST = 500;
const DEEP = 4;
/** Families of a problem. */
const FEW = 3;

/** A complete choice: a row of each group; log of its value, and of what it pays for its use of the fan-outs as well. */
interface Choice {
  readonly rows: readonly number[];
  readonly columns: Float64Array;
  readonly value: number;
  readonly whole: number;
  readonly cycles: number;
}

interface Case {
  readonly title: string;
  readonly family: Family;
  readonly choices: readonly Choice[];
  readonly random: Random;
  readonly power: number;
}

const KINDS: readonly Kind[] = ["perfect", "dataflow", "timeloop", "accelforge"];

/** Spaces of random small problems: some under a cap on the cycles, some where each use of the fan-outs has a price of its own. */
function* spaces(seeds: number) {
  for (let seed = 1; seed <= seeds; seed++) {
    const random = seeded(seed);
    const known = [problemFrom(seed), meetingProblemFrom(seed)].map(({ title, layer, architecture, objective }) => {
      const problem = problemOf(layer, architecture);
      return { title, problem, limits: limitsOf(problem, null), objective };
    });
    const tried = KINDS.flatMap((kind) => {
      const trial = trialFrom(kind, seed);
      const ready = readyFrom(trial);
      if (ready === null) return [];
      const problem = problemOf(ready.layer, ready.architecture, trial.conventions);
      const { objective } = ready;
      return [{ title: `${kind}, seed ${seed}`, problem, limits: limitsOf(problem, ready.resolved), objective }];
    });
    for (const { title, problem, limits, objective } of [...known, ...tried]) {
      const way = random.pick(["plain", "plain", "capped", "priced"] as const);
      const packing = packingOf(problem);
      if (way === "plain")
        yield { title, random, space: new Space(problem, limits, objective), power: objective.delayPower };
      if (way === "plain") continue;
      const energy = { name: "energy", energyPower: 1, delayPower: 0 };
      if (way === "priced")
        for (let s = 0; s < packing.states; s++) packing.ends[s] = random.pick([0, 0.1, 0.5, Infinity]);
      const slowest = problem.bounds.reduce((n, b) => n * b, random.pick([0.3, 0.5, 1]));
      const cap = way === "capped" ? Math.ceil(slowest) : Number.POSITIVE_INFINITY;
      const power = way === "capped" ? 0.3 : 0;
      yield { title: `${title}, ${way}`, random, space: new Space(problem, limits, energy, packing, cap), power };
    }
  }
}

function* cases(seeds: number): Generator<Case> {
  for (const { title, space, random, power } of spaces(seeds)) {
    let left = FEW;
    for (const at of [...space.placements.keys()].filter((i) => (space.placements[i]?.nodes.length ?? 0) <= DEEP)) {
      if (random.integer(1, Math.max(1, space.placements.length / 2)) > 1) continue;
      for (const { family } of space.families(at)) {
        if (countOf(family) > MOST || countOf(family) < 2 || random.integer(1, 2) > 1) continue;
        const choices = legalIn(family);
        if (choices.length > 0) yield { title: `${title}, placement ${at}`, family, choices, random, power };
        if (--left === 0) break;
      }
      if (left === 0) break;
    }
  }
}

function legalIn(family: Family): readonly Choice[] {
  const out = new Float64Array(3);
  const { packing, valuation, mostCycles, relaxation } = family;
  const found: Choice[] = [];
  for (const { chosen, columns } of choicesOf(family)) {
    if (!valuation.price(columns, out) || (out[1] ?? 0) > mostCycles) continue;
    const number = relaxation.fanouts.reduce(
      (sum, { column }, a) => sum + (packing.digits[a]?.[Math.round(columns[column] ?? 1)] ?? 0),
      0,
    );
    const end = packing.ends[packing.stateOf.get(number) ?? -1] ?? Number.NaN;
    const value = Math.log(out[0] ?? 0);
    if (end < Number.POSITIVE_INFINITY)
      found.push({ rows: [...chosen], columns, value, whole: value + end, cycles: out[1] ?? 0 });
  }
  return found;
}

/** Is not offered anything, whatever the cutoff. */
const silent = (cutoff: number): Incumbent => ({
  ...{ cutoff: () => cutoff, isWorthOffering: () => false, offer: () => undefined, tick: () => false },
});

/** Is offered all that is priced below a cutoff that stays. */
function noting(cutoff: number): Incumbent & { readonly offered: Set<string> } {
  const offered = new Set<string>();
  const offer = (rows: Int32Array): void => {
    offered.add(`${[...rows]}`);
  };
  return { cutoff: () => cutoff, isWorthOffering: () => true, offer, tick: () => false, offered };
}

/** The same family where words are bounds only, of every row. */
const vague = (family: Family): Family => ({
  ...family,
  tables: family.tables.map((table) => ({ ...table, ambiguous: new Uint8Array(table.ambiguous.length).fill(1) })),
});

/** Takes the least of what is offered, priced by the use of the fan-outs as well. */
function taking(family: Family, choices: readonly Choice[]): Incumbent & { least: number } {
  const wholeOf = new Map(choices.map(({ rows, whole }) => [`${rows}`, whole]));
  const taken = {
    least: Number.POSITIVE_INFINITY,
    cutoff: () => taken.least,
    isWorthOffering: (_value: number, cycles: number) => cycles <= family.mostCycles * (1 + 1e-9),
    offer: (rows: Int32Array) => {
      taken.least = Math.min(taken.least, wholeOf.get(`${[...rows]}`) ?? Number.POSITIVE_INFINITY);
    },
    tick: () => false,
  };
  return taken;
}

const leastOf = (choices: readonly Choice[]): number =>
  choices.reduce((least, { whole }) => Math.min(least, whole), Number.POSITIVE_INFINITY);

/** Asserts that a product that covers a difference weighs as much at least, and is in no choice below what the difference takes away. */
function holdCovers(title: string, { relaxation, covers }: Family, choices: readonly Choice[]): void {
  relaxation.energy.forEach(({ weight, column }, d) => {
    const cover = relaxation.energy[covers[d] ?? -1];
    if (cover === undefined) return;
    expect(cover.weight, title).to.be.at.least(weight);
    expect(cover.v, title).to.equal(-1);
    for (const { columns } of choices)
      expect(columns[cover.column], title).to.be.at.least((columns[column] ?? 0) * (1 - 1e-9));
  });
}

/** What nodes list and join: all but nothing, or some. */
const EFFORTS: readonly Effort[] = [
  { listed: 0, joined: 0 },
  { listed: 0, joined: 40 },
  { listed: 0, joined: 1000 },
  { listed: 4, joined: 8 },
];

describe("branch and bound over a family", () => {
  it("leaves every choice below the cutoff in its first look, wherever its bound begins", () => {
    let [held, dropped] = [0, 0];
    for (const { title, family, choices, random, power } of cases(24)) {
      const ground = groundOf(family.relaxation, family.packing, power);
      const loose = { ...family, isExact: false };
      const hold = (hint: Hint | null, cutoff: number, of: Family = loose): void => {
        const isMeant = ({ whole, cycles }: Choice): boolean => whole <= cutoff && cycles <= of.mostCycles;
        const { bound, left } = new Branch(of, silent(cutoff)).first(hint);
        expect(bound, title).to.be.at.most(Math.max(cutoff, leastOf(choices.filter(isMeant))) + 1e-9);
        const sets = left?.map((rows) => new Set(rows));
        for (const choice of choices) {
          const { rows, whole } = choice;
          const isLeft = rows.every((row, g) => sets?.[g]?.has(row) === true);
          if (!isLeft) dropped++;
          if (!isMeant(choice)) continue;
          expect(isLeft, `${title}: ${rows} of ${whole}, below ${cutoff}`).to.equal(true);
          held++;
        }
      };
      holdCovers(title, family, choices);
      hold(null, Number.POSITIVE_INFINITY);
      hold(null, Number.POSITIVE_INFINITY, vague(family));
      const [one, other] = [random.pick(choices), random.pick(choices)];
      for (const { columns, whole } of [one, other]) hold({ ...pointAt(ground, columns), rows: [] }, whole + 1e-6);
      hold({ ...pointFrom(ground, random), rows: family.rows.map(() => []) }, one.whole);
      hold(null, one.whole);
      for (const { cycles } of [one, other]) {
        const capped = { ...loose, mostCycles: cycles };
        hold(null, Number.POSITIVE_INFINITY, capped);
        const most = Math.max(...choices.flatMap((choice) => (choice.cycles <= cycles ? [choice.whole] : [])));
        expect(new Horizon(capped, silent(Infinity)).cutoff(), title).to.be.at.least(most - 1e-9);
      }
    }
    expect(held).to.be.greaterThan(1000);
    expect(dropped).to.be.greaterThan(1000);
  }).timeout(600_000);

  it("meets every choice below the cutoff, and the least, whatever is listed, joined or branched on", () => {
    let [met, passed] = [0, 0];
    for (const { title, family, choices, random } of cases(24)) {
      for (const effort of EFFORTS) {
        const cutoff = random.pick(choices).whole + 1e-6;
        const { offered, ...incumbent } = noting(cutoff);
        expect(new Branch({ ...family, isExact: false }, incumbent, effort).run(null), title).to.equal(true);
        for (const { rows, whole } of choices) {
          if (whole > cutoff) continue;
          expect(offered.has(`${rows}`), `${title}: ${rows} of ${whole}, below ${cutoff}`).to.equal(true);
          met++;
        }
        passed += choices.length - offered.size;
        const taken = taking(family, choices);
        expect(new Branch(family, taken, effort).run(null), title).to.equal(true);
        expect(taken.least, title).to.be.closeTo(leastOf(choices), 1e-9);
      }
      const sets = new Branch(family, silent(Number.POSITIVE_INFINITY)).first(null).left?.map((rows) => new Set(rows));
      const left = choices.filter(({ rows }) => rows.every((row, g) => sets?.[g]?.has(row) === true));
      expect(leastOf(left), title).to.be.closeTo(leastOf(choices), 1e-9);
    }
    expect(met).to.be.greaterThan(1000);
    expect(passed).to.be.greaterThan(1000);
  }).timeout(600_000);
});
