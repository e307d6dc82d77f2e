import { expect } from "chai";
import { builtInArchitecture, parseArchitecture } from "../../arch-specs/index.js";
import { parseObjective, search, valueUnder } from "../../mapper/index.js";
import { limitsOf } from "../../mapper/limits.js";
import { problemOf } from "../../mapper/problem.js";
import { SmoothSearch } from "../../mapper/smooth.js";
import { everyLegalMapping, parseDataflow, type ResolvedDataflow, resolveDataflow } from "../../mappings/index.js";
import { builtInWorkload, parseInlineLayer } from "../../workloads/index.js";
import { costOf, type Problem, primeProblemFrom } from "./problems.js";

/** Mappings that are looked at: all of them, or the first. */
const MOST = 1500;

function leastOf({ layer, architecture, objective }: Problem): number {
  let [least, count] = [Number.POSITIVE_INFINITY, 0];
  for (const mapping of everyLegalMapping(layer, architecture, { imperfect: true })) {
    if (++count > MOST) break;
    const { energy, cycles } = costOf(mapping);
    least = Math.min(least, valueUnder(objective, energy, cycles));
  }
  return least;
}

/** The bound after some of its parts, towards a goal that it must not reach. */
function boundOf(
  { layer, architecture, objective }: Problem,
  goal: number,
  parts: number,
  dataflow: ResolvedDataflow | null = null,
): number {
  const problem = problemOf(layer, architecture);
  const smooth = new SmoothSearch(problem, limitsOf(problem, dataflow), objective);
  let asked = 0;
  smooth.raise(Math.log(goal), () => ++asked > parts && smooth.bound > Number.NEGATIVE_INFINITY);
  return Math.exp(smooth.bound);
}

describe("the bound over smooth nests", () => {
  it("is never above a mapping, whatever its tiles, on random small problems", () => {
    let [compared, tight] = [0, 0];
    for (let seed = 200; seed < 232; seed++) {
      const problem = primeProblemFrom(seed);
      const least = leastOf(problem);
      if (least === Number.POSITIVE_INFINITY) continue;
      const bound = boundOf(problem, 1.2 * least, 20);
      expect(bound, problem.title).to.be.at.most(least * (1 + 1e-9));
      compared++;
      if (bound > 0.8 * least) tight++;
    }
    expect(compared).to.be.greaterThan(20);
    expect(tight, "problems with a bound within a fifth").to.be.greaterThan(5);
  }).timeout(600_000);

  it("is never above a mapping that has the iterations a dataflow asks for, and higher for them", () => {
    const levels = (words: number): string =>
      `{storage: DRAM, keeps: all, energy: {read: 40 pJ, write: 40 pJ}}, {fanout: PEs, x: 3, y: 2, energy: {hop: 2 pJ}}, {storage: PE, capacity: ${words} word, mayKeep: all, energy: {read: 1 pJ, write: 1 pJ}}, {compute: MAC}`;
    let higher = 0;
    for (const spec of ["gemm:M=5,N=1,K=3", "conv:N=1,M=2,C=1,P=3,Q=1,R=2,S=1"])
      for (const rules of [
        "PEs: {factors: {m: 2}, x: [m], y: []}",
        "PEs: {maxFactors: {m: 1, n: 2, p: 2}}\nPE: {maxFactors: {m: 1, p: 1}}",
        "PEs: {factors: {m: 1}, y: [m]}\nDRAM: {maxFactors: {m: 2, p: 2, k: 1}}",
      ]) {
        const suits = rules.replaceAll(spec.startsWith("gemm") ? /, p: \d/g : /, [nk]: \d/g, "");
        const parsed = parseInlineLayer(spec);
        const tiny = parseArchitecture(`name: tiny\nlevels: [${levels(6)}]\n`, "tiny.yaml", new Map());
        const dataflow = parseDataflow(`dataflow: mine\n${suits}\n`, "mine.yaml");
        const layer = parsed.ok ? parsed.value.layers[0] : undefined;
        if (layer === undefined || !tiny.ok || !dataflow.ok) return expect.fail(suits);
        const resolved = resolveDataflow(dataflow.value, tiny.value, layer.einsum);
        if (!resolved.ok) return expect.fail(suits);
        for (const name of ["energy", "edp"]) {
          const objective = parseObjective(name);
          if (objective === null) throw new Error(name);
          const problem = { title: `${spec} ${suits} ${name}`, layer, architecture: tiny.value, objective };
          let least = Number.POSITIVE_INFINITY;
          for (const mapping of everyLegalMapping(layer, tiny.value, { imperfect: true, dataflow: dataflow.value })) {
            const { energy, cycles } = costOf(mapping);
            least = Math.min(least, valueUnder(objective, energy, cycles));
          }
          const bound = boundOf(problem, 1.2 * least, 10, resolved.value);
          expect(bound, problem.title).to.be.at.most(least * (1 + 1e-9));
          if (bound > boundOf(problem, 1.2 * least, 10) * 1.05) higher++;
        }
      }
    expect(higher).to.be.greaterThan(4);
  }).timeout(600_000);

  it("leaves a large layer a gap far below the plain floor's, and what is found lies above it", () => {
    const layer = builtInWorkload("resnet50")?.layers.find(({ name }) => name === "conv2_1");
    const eyeriss = builtInArchitecture("eyeriss", new Map());
    const objective = parseObjective("edp");
    if (layer === undefined || eyeriss?.ok !== true || objective === null) throw new Error("no such layer");
    let isStopped = false;
    const found = search(layer, eyeriss.value, {
      ...{ objective, dataflow: null, costOf, gap: 0, imperfect: true, cancelled: () => isStopped },
      progress: ({ incumbent, lowerBound }) => {
        isStopped = incumbent !== null && lowerBound > 0.78 * incumbent.value;
      },
    });
    expect(found.gap).to.be.lessThan(0.25);
    expect(found.lowerBound).to.be.lessThan(found.cost?.value ?? 0);
  }).timeout(600_000);
});
