import { expect } from "chai";
import { limitsOf } from "../../mapper/limits.js";
import type { OrderFamily } from "../../mapper/orders.js";
import { problemOf } from "../../mapper/problem.js";
import { type Met, Space } from "../../mapper/space.js";
import { streamingOrdersOf } from "../../mapper/streams.js";
import { choicesOf, countOf } from "./promises.js";
import { readyFrom } from "./trial.js";
import { trialFrom } from "./trial-problems.js";

/** Families with more complete choices, and placements with more nodes, are left to others. */
const MOST = 500;
const DEEP = 4;
/** Seeds before this make few families that leave fan-outs unused. */
const FIRST = 33;

/** Random small problems under the conventions whose tiles stream, some under a dataflow. */
function* spaces(seeds: number) {
  for (let seed = FIRST; seed < FIRST + seeds; seed++)
    for (const kind of ["accelforge", "dataflow"] as const) {
      const ready = readyFrom(trialFrom(kind, seed));
      if (ready === null) continue;
      const problem = problemOf(ready.layer, ready.architecture, "accelforge");
      const limits = limitsOf(problem, ready.resolved);
      const space = new Space(problem, limits, { name: "energy", energyPower: 1, delayPower: 0 });
      for (const [at, placement] of space.placements.entries())
        if (placement.nodes.length <= DEEP)
          yield { title: `${kind}, seed ${seed}`, problem, limits, space, at, placement };
    }
}

/** What each complete choice of splits costs, by their codes. */
function costsOf({ splits, family }: Pick<Met, "splits" | "family">): ReadonlyMap<string, Float64Array> {
  const costs = new Map<string, Float64Array>();
  for (const { chosen, columns } of choicesOf(family)) {
    const out = new Float64Array(3);
    const codes = chosen.map((row, g) => splits.groups[g]?.codes[family.rows[g]?.rows[row] ?? -1]);
    if (family.valuation.price(columns, out)) costs.set(`${codes}`, out);
  }
  return costs;
}

const codesOf = ({ splits, family }: Met): readonly Float64Array[] =>
  splits.groups.map(({ codes }, g) => Float64Array.from(family.rows[g]?.rows ?? [], (row) => codes[row] ?? -1));

describe("what families of streaming tiles allow together", () => {
  it("has every place of each of them, and costs no more, split by split", () => {
    let [held, asked] = [0, 0];
    for (const { title, problem, limits, space, at, placement } of spaces(16)) {
      const together = new Map<number, OrderFamily>();
      const isHopeless = (relaxed: OrderFamily): boolean => {
        expect(together.has(relaxed.unused), `${title}: asked once`).to.equal(false);
        together.set(relaxed.unused, relaxed);
        return false;
      };
      for (const _ of streamingOrdersOf(problem, limits, placement, isHopeless));
      asked += together.size;
      for (const met of space.families(at)) {
        const relaxed = together.get(met.order.unused);
        if (relaxed === undefined) continue;
        const missing = met.order.allowed.map((places, v) => places & ~(relaxed.allowed[v] ?? 0));
        expect(missing, `${title}: places`).to.deep.equal(missing.map(() => 0));
        if (countOf(met.family) > MOST) continue;
        const least = costsOf(space.again(met.seat, relaxed, [], codesOf(met)));
        for (const [choice, [, cycles = 0, energy = 0]] of costsOf(met)) {
          const [, fewest = Number.NaN, lowest = Number.NaN] = least.get(choice) ?? [];
          expect(lowest, `${title}: ${choice}`).to.be.at.most(energy * (1 + 1e-9));
          expect(fewest, `${title}: ${choice}`).to.be.at.most(cycles * (1 + 1e-9));
          held++;
        }
      }
    }
    expect(held).to.be.greaterThan(500);
    expect(asked).to.be.greaterThan(10);
  });

  it("is hopeless for them alone", () => {
    let left = 0;
    for (const { title, problem, limits, placement } of spaces(16)) {
      const ordersWhere = (isHopeless: (relaxed: OrderFamily) => boolean): readonly OrderFamily[] => [
        ...streamingOrdersOf(problem, limits, placement, isHopeless),
      ];
      const all = ordersWhere(() => false);
      for (const unused of new Set(all.map((order) => order.unused))) {
        if (unused === 0) continue;
        const others = all.filter((order) => order.unused !== unused);
        expect(
          ordersWhere((relaxed) => relaxed.unused === unused),
          title,
        ).to.deep.equal(others);
        left++;
      }
    }
    expect(left).to.be.greaterThan(10);
  });
});
