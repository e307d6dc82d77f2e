import { expect } from "chai";
import { parseArchitecture } from "../../arch-specs/index.js";
import type { Conventions } from "../../base/index.js";
import { parseObjective, type SearchResult, search, valueUnder } from "../../mapper/index.js";
import {
  checkLegality,
  everyLoopTree,
  isEvenNest,
  type LegalMapping,
  type Mapping,
  toMapping,
} from "../../mappings/index.js";
import { evaluateUnder } from "../../sim/conventions/index.js";
import { parseInlineLayer } from "../../workloads/index.js";
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

const TAILS = `name: tails
levels:
  - {storage: L0, keeps: all, energy: {read: 48 pJ, write: 11 pJ}}
  - {storage: L1, capacity: 3 word, keeps: all, energy: {read: 7 pJ, write: 5 pJ}}
  - {compute: MAC, energy: 1 pJ}
`;
const PORTS = `name: ports
clock: 1 GHz
levels:
  - {storage: L0, keeps: all, block: 2 word, energy: {read: 33 pJ, write: 60 pJ}, bandwidth: {write: 1 word/cycle}}
  - {fanout: F1, x: 4, y: 2, multicast: {y: all}, reduction: {x: all}}
  - {storage: L1, capacity: 3 word, keeps: [Outputs], block: 3 word, bandwidth: {read: 1 word/cycle, write: 1 word/cycle}}
  - {fanout: F2, x: 2, y: 2, multicast: {x: [Weights], y: [Outputs]}, reduction: {x: [Inputs]}}
  - {compute: MAC, operationsPerCycle: 2, energy: 1 pJ}
`;

const OVERLAPPING = `name: overlapping
clock: 1 GHz
levels:
  - {storage: L0, keeps: all}
  - {storage: L1, capacity: 3 word, keeps: all, reuse: overlap, bandwidth: {shared: 3 word/cycle}}
  - {compute: MAC}
`;

/** The certified least value under the conventions. */
function leastUnder(conventions: Conventions, words: string, name: string, file: string): number | undefined {
  const [workload, architecture] = [parseInlineLayer(words), parseArchitecture(file, "small.yaml", new Map())];
  const [layer] = workload.ok ? workload.value.layers : [];
  const objective = parseObjective(name);
  if (layer === undefined || !architecture.ok || objective === null) throw new Error("unreadable");
  const found = answerTo({ title: words, layer, architecture: architecture.value, objective }, conventions);
  expect(found.status).to.equal("optimal");
  return found.cost?.value;
}

/** Whether tiles of the output may overlap: of those only the floor is proven under Timeloop's conventions. */
const scatters = ({ layer: { einsum } }: Problem): boolean =>
  einsum.tensors.at(-1)?.ranks.some(({ terms }) => terms.length > 1) === true;

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
    if (conventions === "timeloop" && scatters(problem))
      expect(found.lowerBound, `${problem.title}: no claim above the truth`).to.be.at.most(least * (1 + 1e-12));
    else expect(found.status, problem.title).to.equal("optimal");
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
  it("has coupled loops outside a tail where they slide another tensor's tile", () => {
    expect(leastUnder("timeloop", "conv:M=1,C=1,P=4,Q=2,R=2,S=2", "energy", TAILS)).to.equal(4164);
  });

  it("is found where a port may have nothing to do", () => {
    expect(leastUnder("timeloop", "conv:N=2,M=2,C=1,P=4,Q=1,R=3,S=1", "delay", PORTS)).to.be.closeTo(16, 1e-9);
  });

  it("charges every visit of a sliding tile under AccelForge's, whatever the buffer keeps of it otherwise", () => {
    const found = leastUnder("accelforge", "einsum:'O[m] += A[p+r]',M=2,P=2,R=2", "delay", OVERLAPPING);
    expect(found).to.be.closeTo(9, 1e-9);
  });

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
