import { expect } from "chai";
import type { Conventions } from "../../base/index.js";
import { type SearchResult, search, valueUnder } from "../../mapper/index.js";
import {
  checkLegality,
  everyLoopTree,
  isEvenNest,
  type LegalMapping,
  type Mapping,
  toMapping,
} from "../../mappings/index.js";
import { evaluateUnder } from "../../sim/conventions/index.js";
import { type Problem, problemFrom } from "./problems.js";

const costUnder =
  (conventions: Conventions) =>
  (mapping: LegalMapping): { readonly energy: number; readonly cycles: number } =>
    evaluateUnder(mapping, conventions, { linkTransfers: false });

const answerTo = ({ layer, architecture, objective }: Problem, conventions: Conventions): SearchResult =>
  search(layer, architecture, {
    ...{ objective, conventions, dataflow: null, gap: 0 },
    costOf: costUnder(conventions),
    cancelled: () => false,
    progress: () => undefined,
  });

/** The least value of the first `most` loop trees, and whether these are all. */
function leastOf(
  { layer, architecture, objective }: Problem,
  conventions: Conventions,
  most: number,
): { readonly least: number; readonly isWhole: boolean } {
  const costOf = costUnder(conventions);
  let least = Number.POSITIVE_INFINITY;
  let trees = 0;
  // Under AccelForge's conventions each order counts: it may decide what fits.
  for (const nodes of everyLoopTree(layer, architecture, {
    orders: conventions === "accelforge" ? "all" : "distinct",
  })) {
    if (++trees > most) return { least, isWhole: false };
    if (conventions === "timeloop" && !isEvenNest({ layer, architecture, nodes } as LegalMapping)) continue;
    const mapping: Mapping = toMapping({ layer, architecture, nodes } as LegalMapping);
    const legal = checkLegality(mapping, layer, architecture, { conventions });
    if (!legal.ok) continue;
    const { energy, cycles } = costOf(legal.value);
    least = Math.min(least, valueUnder(objective, energy, cycles));
  }
  return { least, isWhole: true };
}

function compare(conventions: Conventions, seeds: readonly number[], most: number): number {
  let compared = 0;
  for (const seed of seeds) {
    const problem = problemFrom(seed);
    const { least, isWhole } = leastOf(problem, conventions, most);
    const found = answerTo(problem, conventions);
    if (least === Number.POSITIVE_INFINITY) {
      if (isWhole) expect(found.status, problem.title).to.equal("infeasible");
      continue;
    }
    const value = found.cost?.value ?? Number.POSITIVE_INFINITY;
    expect(found.status, problem.title).to.equal("optimal");
    expect(value, `${problem.title}: not worse than any mapping`).to.be.at.most(least * (1 + 1e-12));
    if (!isWhole) continue;
    compared++;
    expect(value, `${problem.title}: a mapping that exists`).to.be.at.least(least * (1 - 1e-12));
  }
  return compared;
}

const upTo = (n: number): readonly number[] => Array.from({ length: n }, (_, i) => i + 1);
/** Four tensors make many orders of nodes: left to longer runs. */
const isLarge = (seed: number): boolean => problemFrom(seed).layer.einsum.tensors.length > 3;

describe("the certified optimum under other conventions", () => {
  it("is the least over every mapping that is legal under AccelForge's, priced as AccelForge does", () => {
    const seeds = upTo(48).filter((seed) => !isLarge(seed));
    expect(compare("accelforge", seeds, 3000)).to.be.greaterThan(14);
  }).timeout(600_000);

  it("is the least over every mapping that Timeloop has words for, priced as Timeloop does", () => {
    const seeds = upTo(60).filter((seed) => !isLarge(seed));
    expect(compare("timeloop", seeds, 6000)).to.be.greaterThan(20);
  }).timeout(600_000);

  it("answers with a mapping that Timeloop has words for", () => {
    for (const seed of [2, 6, 17]) {
      const { mapping } = answerTo(problemFrom(seed), "timeloop");
      expect(mapping === null ? null : isEvenNest(mapping), `seed ${seed}`).to.equal(true);
    }
  });
});
