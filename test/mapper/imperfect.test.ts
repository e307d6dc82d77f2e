import { expect } from "chai";
import { parseArchitecture } from "../../arch-specs/index.js";
import type { Result } from "../../base/index.js";
import { search, valueUnder } from "../../mapper/index.js";
import { everyLegalMapping, type LegalMapping, parseDataflow, resolveDataflow } from "../../mappings/index.js";
import { evaluateUnder } from "../../sim/conventions/index.js";
import { parseInlineLayer } from "../../workloads/index.js";
import { costOf, type Problem, primeProblemFrom, problemFrom } from "./problems.js";

/** Problems with more legal mappings are left to other seeds. */
const MOST = 3000;

const answerTo = ({ layer, architecture, objective }: Problem, imperfect: boolean, cancelled = () => false) =>
  search(layer, architecture, {
    ...{ objective, dataflow: null, costOf, gap: 0, imperfect, cancelled },
    progress: () => undefined,
  });

/** The least value over every legal mapping, and how many there are; null where there are too many. */
function bruteForce({ layer, architecture, objective }: Problem): { least: number; count: number } | null {
  let [least, count] = [Number.POSITIVE_INFINITY, 0];
  for (const mapping of everyLegalMapping(layer, architecture, { imperfect: true })) {
    if (++count > MOST) return null;
    const { energy, cycles } = costOf(mapping);
    least = Math.min(least, valueUnder(objective, energy, cycles));
  }
  return { least, count };
}

describe("the search over imperfect tiles", () => {
  it("gives the least over every legal mapping, on random small problems", () => {
    let [compared, uneven] = [0, 0];
    for (let seed = 1; seed <= 90; seed++) {
      const problem = primeProblemFrom(seed);
      const brute = bruteForce(problem);
      if (brute === null) continue;
      const found = answerTo(problem, true);
      if (brute.count === 0) {
        expect(found.status, problem.title).to.equal("infeasible");
        continue;
      }
      compared++;
      const value = found.cost?.value ?? Number.NaN;
      expect(value, problem.title).to.be.within(brute.least * (1 - 1e-12), brute.least * (1 + 1e-12));
      expect(found.status, problem.title).to.equal("optimal");
      if (value < (answerTo(problem, false).cost?.value ?? 0) * (1 - 1e-12)) uneven++;
    }
    expect(compared).to.be.greaterThan(40);
    expect(uneven, "problems where an imperfect mapping is the best").to.be.greaterThan(2);
  }).timeout(600_000);

  it("is never worse than the search over perfect tiles, and never claims more than it has proven", () => {
    for (const seed of [2, 7, 12, 26]) {
      const problem = problemFrom(seed);
      const perfect = answerTo(problem, false);
      let asked = 0;
      const found = answerTo(problem, true, () => ++asked > 2000);
      expect(found.cost?.value, problem.title).to.be.at.most((perfect.cost?.value ?? 0) * (1 + 1e-12));
      expect(found.lowerBound, problem.title).to.be.at.most((found.cost?.value ?? 0) * (1 + 1e-12));
    }
  }).timeout(600_000);

  it("holds under AccelForge's conventions: never worse than with perfect tiles, and no mapping below its bound", () => {
    const cost = (mapping: LegalMapping) => evaluateUnder(mapping, "accelforge", { linkTransfers: false });
    let below = 0;
    for (let seed = 1; seed <= 40; seed++) {
      const { layer, architecture, objective, title } = primeProblemFrom(seed);
      const [perfect, all] = [false, true].map((imperfect) =>
        search(layer, architecture, {
          ...{ objective, dataflow: null, costOf: cost, gap: 0, imperfect, conventions: "accelforge" },
          ...{ cancelled: () => false, progress: () => undefined },
        }),
      );
      const [known, value] = [perfect?.cost?.value ?? Infinity, all?.cost?.value ?? Infinity];
      expect(value, title).to.be.at.most(known * (1 + 1e-12));
      if (value < known * (1 - 1e-12)) below++;
      let count = 0;
      for (const mapping of everyLegalMapping(layer, architecture, { imperfect: true, conventions: "accelforge" })) {
        if (++count > MOST) break;
        const { energy, cycles } = cost(mapping);
        expect(valueUnder(objective, energy, cycles), title).to.be.at.least((all?.lowerBound ?? 0) * (1 - 1e-12));
      }
    }
    expect(below, "problems where an imperfect mapping is better").to.be.greaterThan(2);
  }).timeout(600_000);

  for (const [what, rules] of [
    ["a number of iterations that perfect tiles cannot give", "F: {factors: {m: 2}}"],
    [
      "loops in another order than the Einsum's",
      "F: {factors: {m: 2}}\nL0: {maxFactors: {m: 1, n: 1, k: 1}}\nL1: {order: [k, n, m]}",
    ],
    ["a number of iterations that no bound has", "F: {factors: {m: 4}}"],
  ] as const)
    it(`gives the least where a dataflow asks for ${what}`, () => {
      const storages = "{storage: L0, energy: {read: 9 pJ}}, {fanout: F, x: 2}, {storage: L1, keeps: [Outputs]}";
      const architecture = parseArchitecture(`name: a\nlevels: [${storages}, {compute: MAC}]\n`, "a.yaml", new Map());
      const [layer] = onlyValue(parseInlineLayer("einsum:'O[m,n] += A[m,k]*B[k,n]',M=3,N=2,K=2")).layers;
      const dataflow = onlyValue(parseDataflow(`dataflow: mine\n${rules}\n`, "mine.yaml"));
      if (layer === undefined) throw new Error("no layer");
      const resolved = onlyValue(resolveDataflow(dataflow, onlyValue(architecture), layer.einsum));
      let least = Number.POSITIVE_INFINITY;
      for (const mapping of everyLegalMapping(layer, onlyValue(architecture), { imperfect: true, dataflow }))
        least = Math.min(least, costOf(mapping).energy);
      const found = search(layer, onlyValue(architecture), {
        ...{ objective: { name: "energy", energyPower: 1, delayPower: 0 }, dataflow: resolved, costOf, gap: 0 },
        ...{ imperfect: true, cancelled: () => false, progress: () => undefined },
      });
      expect(found.status).to.equal(least === Number.POSITIVE_INFINITY ? "infeasible" : "optimal");
      expect(found.cost?.value ?? Number.POSITIVE_INFINITY).to.equal(least);
    });
});

function onlyValue<T>(result: Result<T>): T {
  if (!result.ok) throw new Error(result.errors[0]?.message);
  return result.value;
}
