import { expect } from "chai";
import { seeded } from "../../base/index.js";
import { Deaf } from "../../mapper/incumbents.js";
import { limitsOf } from "../../mapper/limits.js";
import { problemOf } from "../../mapper/problem.js";
import type { Point } from "../../mapper/prospect.kernel.js";
import { type Look, Space } from "../../mapper/space.js";
import { type Problem, problemFrom } from "./problems.js";
import { choicesOf, countOf } from "./promises.js";

/** Placements with more complete choices are left to others. */
const MOST = 4000;

/** By order family and splits: log of the least value that a choice has under any mode. */
type Values = Map<string, number>;

/** All choices of the families of a placement that a look leaves; null where they are too many. */
function valuesOf(space: Space, at: number, look: Look | null): Values | null {
  const values: Values = new Map();
  const out = new Float64Array(3);
  let left = MOST;
  for (const { seat, splits, family } of space.families(at, look)) {
    left -= countOf(family);
    if (left < 0) return null;
    for (const { chosen, columns } of choicesOf(family)) {
      if (!family.valuation.price(columns, out) || (out[1] ?? 0) > family.mostCycles * (1 + 1e-9)) continue;
      const codes = chosen.map((row, g) => splits.groups[g]?.codes[family.rows[g]?.rows[row] ?? -1]);
      const key = `${seat.order}: ${codes}`;
      values.set(key, Math.min(values.get(key) ?? Number.POSITIVE_INFINITY, Math.log(out[0] ?? 0)));
    }
  }
  return values;
}

/** Points anywhere: a linear bound holds at each. */
function* pointsOf(
  seed: number,
  columns: number,
  multipliers: number,
  delays: number,
  power: number,
): Generator<Point> {
  const random = seeded(seed);
  const some = (n: number, most: number): Float64Array =>
    Float64Array.from({ length: n }, () => (random.integer(0, 1000) / 1000) * most);
  for (const most of [0, 2, 5]) {
    const shares = some(delays, 1).map((x) => x + 1e-3);
    const sum = shares.reduce((a, b) => a + b, 0);
    yield {
      point: some(columns, most),
      multipliers: some(multipliers, 0.3).map((x) => x + 1e-4),
      shares: shares.map((x) => x / sum),
      delayPower: power,
    };
  }
}

/** Placements of random small problems, with all that their families promise. */
function* placements(seeds: readonly number[]): Generator<{
  readonly problem: Problem;
  readonly space: Space;
  readonly at: number;
  readonly values: Values;
  readonly points: readonly Point[];
}> {
  for (const seed of seeds) {
    const problem = problemFrom(seed);
    const parts = problemOf(problem.layer, problem.architecture);
    const limits = limitsOf(parts, null);
    const slowest = Math.max(2, parts.bounds.reduce((n, b) => n * b, 1) / 2);
    for (const cap of seed % 4 === 0 ? [slowest] : [Number.POSITIVE_INFINITY]) {
      const space = new Space(parts, limits, problem.objective, undefined, cap);
      for (const at of [...space.placements.keys()].slice(0, 4)) {
        const values = valuesOf(space, at, null);
        if (values === null || values.size === 0) continue;
        const [met] = space.families(at);
        if (met === undefined) continue;
        const { relaxation, packing, objective } = met.family;
        const caps = relaxation.capacities.reduce((n, { columns }) => n + columns.length, 0);
        const open = relaxation.fanouts.filter((_, a) => !packing.exact[a]).length;
        const delays = relaxation.delays.filter((terms) => terms.length > 0).length;
        const power = cap < Number.POSITIVE_INFINITY ? 0.3 : objective.delayPower;
        const points = [...pointsOf(seed, relaxation.columns.length, caps + open, delays, power)];
        yield { problem, space, at, values, points };
      }
    }
  }
}

const upTo = (n: number): readonly number[] => Array.from({ length: n }, (_, i) => i + 1);

describe("the look at a placement before its families are built", () => {
  it("keeps every split of every choice that is better than the cutoff, wherever its bound is taken", () => {
    let [held, dropped] = [0, 0];
    for (const { problem, space, at, values, points } of placements(upTo(24))) {
      const sorted = [...values.values()].sort((a, b) => a - b);
      for (const point of points)
        for (const part of [0, 0.3]) {
          const cutoff = (sorted[Math.floor(part * sorted.length)] ?? 0) + 1e-9;
          const left = valuesOf(space, at, { hint: { ...point, rows: [] }, cutoff: () => cutoff });
          dropped += values.size - (left?.size ?? 0);
          for (const [key, value] of values) {
            if (value > cutoff) continue;
            expect(
              left?.get(key) ?? Number.POSITIVE_INFINITY,
              `${problem.title}, placement ${at}: ${key}`,
            ).to.be.at.most(value + 1e-9);
            held++;
          }
        }
    }
    expect(held).to.be.greaterThan(500);
    expect(dropped).to.be.greaterThan(500);
  }).timeout(600_000);

  it("bounds a whole placement below each of its choices", () => {
    let close = 0;
    for (const { problem, space, at, values } of placements(upTo(24))) {
      const least = [...values.values()].reduce((a, b) => Math.min(a, b));
      for (const cutoff of [Number.POSITIVE_INFINITY, least + 0.2, least, least - 0.2]) {
        const { bound } = space.outlook(at, cutoff, () => new Deaf(() => cutoff));
        expect(bound, `${problem.title}, placement ${at}, cutoff ${cutoff}`).to.be.at.most(least + 1e-9);
        if (bound > least - 0.5) close++;
      }
    }
    expect(close).to.be.greaterThan(20);
  }).timeout(600_000);
});
