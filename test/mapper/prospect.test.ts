import { expect } from "chai";
import { parseArchitecture } from "../../arch-specs/index.js";
import { type Random, seeded } from "../../base/index.js";
import { spaceOf } from "../../mapper/branch.kernel.js";
import { Deaf } from "../../mapper/incumbents.js";
import type { Objective } from "../../mapper/index.js";
import { limitsOf } from "../../mapper/limits.js";
import { everyRow } from "../../mapper/open.kernel.js";
import { packingOf } from "../../mapper/packing.js";
import { type Problem, problemOf } from "../../mapper/problem.js";
import type { Point } from "../../mapper/prospect.kernel.js";
import { type Look, Space } from "../../mapper/space.js";
import { parseInlineLayer } from "../../workloads/index.js";
import { type Ground, groundOf, pointAt, pointFrom } from "./points.js";
import { meetingProblemFrom, problemFrom } from "./problems.js";
import { choicesOf, countOf } from "./promises.js";
import { readyFrom } from "./trial.js";
import { type Kind, trialFrom } from "./trial-problems.js";

/** Placements with more complete choices, or with so many nodes that they have many orders, are left to others. */
const MOST = 500;
const DEEP = 4;

/** A choice of splits: log of its value, its cycles, and the family that it is best in. */
interface Choice {
  readonly value: number;
  readonly cycles: number;
  readonly columns: Float64Array;
}

/** By order family and splits: the best that it comes to under any mode. */
type Choices = Map<string, Choice>;

/** All choices of the families of a placement that a look leaves; null where they are too many. */
function choicesIn(space: Space, at: number, look: Look | null): Choices | null {
  const found: Choices = new Map();
  const out = new Float64Array(3);
  let left = MOST;
  for (const { seat, splits, family } of space.families(at, look)) {
    left -= countOf(family);
    if (left < 0) return null;
    for (const { chosen, columns } of choicesOf(family)) {
      if (!family.valuation.price(columns, out) || (out[1] ?? 0) > family.mostCycles * (1 + 1e-9)) continue;
      const codes = chosen.map((row, g) => splits.groups[g]?.codes[family.rows[g]?.rows[row] ?? -1]);
      const key = `${seat.order}: ${codes}`;
      const value = Math.log(out[0] ?? 0);
      if (value < (found.get(key)?.value ?? Number.POSITIVE_INFINITY))
        found.set(key, { value, cycles: out[1] ?? 0, columns });
    }
  }
  return found;
}

interface Case {
  readonly title: string;
  readonly problem: Problem;
  readonly limits: ReturnType<typeof limitsOf>;
  readonly objective: Objective;
  readonly random: Random;
}

/** Problems as brute force sees them, and as trials do. */
function* cases(seeds: number, kinds: readonly Kind[]): Generator<Case> {
  for (let seed = 1; seed <= seeds; seed++) {
    for (const { title, layer, architecture, objective } of [
      problemFrom(seed),
      ...[1, 2, 3].map((n) => meetingProblemFrom(3 * seed + n)),
    ]) {
      const problem = problemOf(layer, architecture);
      yield { title, problem, limits: limitsOf(problem, null), objective, random: seeded(seed) };
    }
    for (const kind of kinds) {
      const trial = trialFrom(kind, seed);
      const ready = readyFrom(trial);
      if (ready === null) continue;
      const own = problemOf(ready.layer, ready.architecture, trial.conventions);
      const [limits, random] = [limitsOf(own, ready.resolved), seeded(seed)];
      yield { title: `${kind}, seed ${seed}`, problem: own, limits, objective: ready.objective, random };
    }
  }
}

/** A placement with all that its families promise. */
interface Placed extends Case {
  readonly space: Space;
  readonly at: number;
  readonly choices: Choices;
  readonly ground: Ground;
}

function* placements(all: Iterable<Case>): Generator<Placed> {
  for (const one of all) {
    const { problem, limits, random } = one;
    const isCapped = random.integer(1, 4) === 1;
    const objective = isCapped ? { name: "energy", energyPower: 1, delayPower: 0 } : one.objective;
    const free = new Space(problem, limits, objective);
    const flat = [...free.placements.keys()].filter((at) => (free.placements[at]?.nodes.length ?? 0) <= DEEP);
    const some = flat.filter(() => random.integer(1, flat.length) <= 3).slice(0, 3);
    for (const at of some) {
      const [met] = free.families(at);
      const known = met === undefined ? null : choicesIn(free, at, null);
      if (met === undefined || known === null || known.size === 0) continue;
      const cycles = [...known.values()].map((choice) => choice.cycles);
      const cap = isCapped ? random.pick(cycles) : Number.POSITIVE_INFINITY;
      const space = isCapped ? new Space(problem, limits, objective, packingOf(problem), cap) : free;
      const choices = isCapped ? choicesIn(space, at, null) : known;
      if (choices === null || choices.size === 0) continue;
      const { relaxation, packing } = met.family;
      const ground = groundOf(relaxation, packing, isCapped ? 0.3 : objective.delayPower);
      yield { ...one, objective, space, at, choices, ground };
    }
  }
}

/** Asserts that a look leaves every choice below its cutoff, as good as it was; how many these are. */
function holdAll({ title, space, at, choices }: Placed, point: Point, cutoff: number): number {
  const left = choicesIn(space, at, { hint: { ...point, rows: [] }, cutoff: () => cutoff, claims: () => true });
  let held = 0;
  for (const [key, { value }] of choices) {
    if (value > cutoff) continue;
    expect(left?.get(key)?.value ?? Infinity, `${title}, placement ${at}: ${key}`).to.be.at.most(value + 1e-9);
    held++;
  }
  dropped += choices.size - (left?.size ?? 0);
  return held;
}

let dropped = 0;
const KINDS: readonly Kind[] = ["perfect", "dataflow", "timeloop", "accelforge"];

/** Log of the linear bound's part that some columns (logs) from a place on come to. */
const sumAt = (coefficients: Float64Array, logs: Float64Array, at = 0): number =>
  coefficients.reduce((sum, x, c) => sum + x * (logs[at + c] ?? 0), 0);

/** Layers, and levels below a first one: words of A cover what is taken away of O, it seems, by what P and R spread over the mesh bring apart. */
const WINDOWS: readonly (readonly [string, readonly string[]])[] = [
  [
    "einsum:'O[p] += A[p+r]*B[r]',P=4,R=4",
    [
      "{storage: L1, capacity: 10 word, keeps: [A], energy: {read: 1 pJ, write: 1 pJ}}",
      "{fanout: F, x: 4, y: 4, multicast: [A], reduction: []}",
      "{storage: L2, capacity: 1 word, keeps: [O], energy: {read: 1 pJ, write: 1 pJ}}",
    ],
  ],
];

function windowOf(spec: string, levels: readonly string[]): Problem {
  const first = "{storage: L0, keeps: all, energy: {read: 100 pJ, write: 1 pJ}}";
  const all = [first, ...levels, "{compute: MAC, energy: 1 pJ}"].map((level) => `  - ${level}\n`);
  const [workload, architecture] = [
    parseInlineLayer(spec),
    parseArchitecture(`name: window\nsource: a test\nclock: 1 GHz\nlevels:\n${all.join("")}`, "window.yaml"),
  ];
  const layer = workload.ok ? workload.value.layers[0] : undefined;
  if (layer === undefined || !architecture.ok) throw new Error(`${spec}: not a problem`);
  return problemOf(layer, architecture.value);
}

describe("the look at a placement before its families are built", () => {
  it("prices no split above its rows, in any order, and bounds no choice above its value", () => {
    let [rows, close] = [0, 0];
    for (const { title, space, at, choices, ground, random } of placements(cases(24, KINDS))) {
      const surveyed = space.survey(at);
      if (surveyed === null) continue;
      const { prospect, outline } = surveyed;
      for (const point of [pointFrom(ground, random), pointAt(ground, random.pick([...choices.values()]).columns)]) {
        const { constant, coefficients } = prospect.set(point);
        for (const { value, columns } of choices.values())
          expect(constant + sumAt(coefficients, columns.map(Math.log)), title).to.be.at.most(value + 1e-9);
        for (const { order, splits, family } of space.families(at)) {
          const lists = prospect.priced(order, outline.library.motionsIn(order));
          const own = spaceOf(family);
          for (const [g, { codes, costs }] of lists.entries()) {
            const costOf = new Map(Array.from(codes, (code, i) => [code, costs[i] ?? 0]));
            const { packing, codes: all } = splits.groups[g] ?? {
              packing: new Int32Array(0),
              codes: new Float64Array(0),
            };
            const { logs, members } = everyRow(own, g, packing);
            for (const [i, row] of members.entries()) {
              const cost = costOf.get(all[family.rows[g]?.rows[row] ?? -1] ?? -1) ?? 0;
              const whole = sumAt(coefficients, logs, i * coefficients.length);
              expect(cost, `${title}, placement ${at}, group ${g}, row ${row}`).to.be.at.most(whole + 1e-9);
              rows++;
              if (cost > whole - 1e-9) close++;
            }
          }
        }
      }
    }
    expect(rows).to.be.greaterThan(1000);
    expect(close).to.be.greaterThan(rows / 4);
  }).timeout(600_000);

  it("bounds no choice above its value at the choice's own point, where chains of a window make less together than their product", () => {
    let held = 0;
    for (const [spec, levels] of WINDOWS) {
      const problem = windowOf(spec, levels);
      const space = new Space(problem, limitsOf(problem, null), { name: "energy", energyPower: 1, delayPower: 0 });
      for (const at of space.placements.keys()) {
        const choices = choicesIn(space, at, null);
        const [surveyed, met] = [space.survey(at), space.families(at).next().value];
        if (surveyed === null || met === undefined || choices === null) throw new Error(`${spec}: no choices`);
        const ground = groundOf(met.family.relaxation, met.family.packing, 0);
        for (const { value, columns } of choices.values()) {
          const { constant, coefficients } = surveyed.prospect.set(pointAt(ground, columns));
          expect(constant + sumAt(coefficients, columns.map(Math.log)), spec).to.be.at.most(value + 1e-9);
          held++;
        }
      }
    }
    expect(held).to.be.greaterThan(100);
  });

  it("keeps every split of every choice that is better than the cutoff, wherever its bound is taken", () => {
    let held = 0;
    dropped = 0;
    for (const placed of placements(cases(10, KINDS))) {
      const { choices, ground, random } = placed;
      const sorted = [...choices.values()].sort((a, b) => a.value - b.value);
      for (const choice of [sorted[0], random.pick(sorted), random.pick(sorted), random.pick(sorted)]) {
        if (choice === undefined) continue;
        held += holdAll(placed, pointAt(ground, choice.columns), choice.value + 1e-6);
      }
      held += holdAll(placed, pointFrom(ground, random), random.pick(sorted).value + 1e-9);
    }
    expect(held).to.be.greaterThan(500);
    expect(dropped).to.be.greaterThan(500);
  }).timeout(600_000);

  it("bounds a whole placement below each of its choices, and keeps those that are better than the cutoff", () => {
    let close = 0;
    for (const placed of placements(cases(8, KINDS))) {
      const { title, space, at, choices } = placed;
      const least = [...choices.values()].reduce((n, { value }) => Math.min(n, value), Number.POSITIVE_INFINITY);
      for (const cutoff of [Number.POSITIVE_INFINITY, least + 0.2, least, least - 0.2]) {
        const { bound, point } = space.outlook(at, cutoff, () => new Deaf(() => cutoff));
        expect(bound, `${title}, placement ${at}, cutoff ${cutoff}`).to.be.at.most(least + 1e-9);
        if (bound > least - 0.5) close++;
        if (point !== null && cutoff < Number.POSITIVE_INFINITY) holdAll(placed, point, cutoff);
      }
    }
    expect(close).to.be.greaterThan(20);
  }).timeout(600_000);
});
