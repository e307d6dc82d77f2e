import { expect } from "chai";
import { parseArchitecture } from "../../arch-specs/index.js";
import { type Objective, search, valueUnder } from "../../mapper/index.js";
import { everyLegalMapping } from "../../mappings/index.js";
import { parseInlineLayer } from "../../workloads/index.js";
import { biasedProblemFrom, costOf, leakyProblemFrom, type Problem, problemFrom } from "./problems.js";

/** Problems with more legal mappings are left to other seeds. */
const MOST = 4000;
const FEWER = 400;

const answerTo = ({ layer, architecture, objective }: Problem) =>
  search(layer, architecture, {
    objective,
    dataflow: null,
    costOf,
    gap: 0,
    cancelled: () => false,
    progress: () => undefined,
  });

/** Holds the answer to all mappings, or to the first ones where there are many; whether it was all. */
function isHeldTo(problem: Problem): boolean {
  const costs: number[] = [];
  for (const mapping of everyLegalMapping(problem.layer, problem.architecture)) {
    const { energy, cycles } = costOf(mapping);
    costs.push(valueUnder(problem.objective, energy, cycles));
    if (costs.length > FEWER) break;
  }
  const found = answerTo(problem);
  if (costs.length === 0) return false;
  const least = costs.reduce((a, b) => Math.min(a, b));
  const value = found.cost?.value ?? Number.POSITIVE_INFINITY;
  expect(found.status, problem.title).to.equal("optimal");
  expect(value, `${problem.title}: not worse than any mapping`).to.be.at.most(least * (1 + 1e-12));
  if (costs.length > FEWER) return false;
  expect(value, `${problem.title}: a mapping that exists`).to.be.at.least(least * (1 - 1e-12));
  return true;
}

describe("the certified optimum", () => {
  it("is the least over every legal mapping, on random small problems", () => {
    let compared = 0;
    for (let seed = 1; seed <= 60; seed++) {
      const problem = problemFrom(seed);
      let least = Number.POSITIVE_INFINITY;
      let count = 0;
      for (const mapping of everyLegalMapping(problem.layer, problem.architecture)) {
        if (++count > MOST) break;
        const { energy, cycles } = costOf(mapping);
        least = Math.min(least, valueUnder(problem.objective, energy, cycles));
      }
      const found = answerTo(problem);
      if (count === 0) {
        expect(found.status, problem.title).to.equal("infeasible");
        continue;
      }
      const value = found.cost?.value ?? Number.POSITIVE_INFINITY;
      expect(found.status, problem.title).to.equal("optimal");
      expect(value, `${problem.title}: not worse than any mapping`).to.be.at.most(least * (1 + 1e-12));
      if (count > MOST) continue;
      compared++;
      expect(value, `${problem.title}: a mapping that exists`).to.be.at.least(least * (1 - 1e-12));
    }
    expect(compared).to.be.greaterThan(25);
  }).timeout(600_000);

  it("is the least where accumulators start at a bias", () => {
    const compared = [1, 2, 3, 4, 5, 6].filter((seed) => isHeldTo(biasedProblemFrom(seed)));
    expect(compared).not.to.be.empty;
  }).timeout(600_000);

  it("is the least where everything leaks, a vector unit as well", () => {
    const compared = [20, 22, 24, 26, 36, 41, 50, 51].filter((seed) => isHeldTo(leakyProblemFrom(seed)));
    expect(compared).to.have.length(8);
  }).timeout(600_000);

  it("is not claimed where tiles lose free padding at the edges, which the bounds of families count", () => {
    const workload = parseInlineLayer("conv:M=1,C=2,P=3,Q=2,R=3,S=3,pad=1,padding=free");
    const storages =
      "{storage: DRAM, keeps: all, energy: {read: 200 pJ, write: 200 pJ}}, {storage: B, capacity: 14 word, mayKeep: all}";
    const parsed = parseArchitecture(`name: small\nlevels: [${storages}, {compute: MAC}]\n`, "small.yaml", new Map());
    const [layer] = workload.ok ? workload.value.layers : [];
    if (layer === undefined || !parsed.ok) throw new Error("unreadable");
    const objective: Objective = { name: "energy", energyPower: 1, delayPower: 0 };
    const problem: Problem = { title: "free padding", layer, architecture: parsed.value, objective };
    let least = Number.POSITIVE_INFINITY;
    for (const mapping of everyLegalMapping(layer, parsed.value)) least = Math.min(least, costOf(mapping).energy);
    const found = answerTo(problem);
    expect(found.lowerBound).to.be.at.most(least);
    expect(found.cost?.value).to.be.at.least(least);
    expect(found.status === "optimal").to.equal(found.cost?.value === least);
  });

  it("is the same on every run", () => {
    const problem = problemFrom(5);
    expect(answerTo(problem).mapping?.nodes).to.deep.equal(answerTo(problem).mapping?.nodes);
  });

  it("never claims more than it has proven when it is cut short", () => {
    for (const seed of [3, 7, 12, 26]) {
      const problem = problemFrom(seed);
      const whole = answerTo(problem);
      const { layer, architecture, objective } = problem;
      const short = search(layer, architecture, {
        ...{ objective, dataflow: null, costOf, gap: 0 },
        cancelled: () => true,
        progress: () => undefined,
      });
      if (whole.cost === null || short.cost === null) throw new Error(`${problem.title} has no mapping`);
      expect(short.lowerBound, problem.title).to.be.at.most(whole.cost.value * (1 + 1e-12));
      expect(short.cost.value, problem.title).to.be.at.least(whole.cost.value * (1 - 1e-12));
    }
  });

  it("stays within the gap that it was asked for", () => {
    for (const seed of [1, 9, 22]) {
      const problem = problemFrom(seed);
      const { layer, architecture, objective } = problem;
      const within = search(layer, architecture, {
        ...{ objective, dataflow: null, costOf, gap: 0.2 },
        cancelled: () => false,
        progress: () => undefined,
      });
      const best = answerTo(problem).cost?.value ?? 0;
      expect(within.lowerBound).to.be.at.most(best * (1 + 1e-12));
      expect(within.cost?.value ?? 0).to.be.at.most(within.lowerBound * 1.2 * (1 + 1e-9));
    }
  });
});
