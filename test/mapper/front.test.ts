import { expect } from "chai";
import { parseArchitecture } from "../../arch-specs/index.js";
import { type FrontResult, front, isCertain } from "../../mapper/index.js";
import { everyLegalMapping } from "../../mappings/index.js";
import { parseInlineLayer } from "../../workloads/index.js";
import { valueFrom } from "../reports/sample.js";
import { costOf, hurriedProblemFrom, leakyProblemFrom, type Problem, problemFrom } from "./problems.js";

/** Problems with more legal mappings are left to other seeds. */
const MOST = 2500;

const frontOf = (
  { layer, architecture }: Pick<Problem, "layer" | "architecture">,
  gap = 0,
  ticks: number = Number.POSITIVE_INFINITY,
): FrontResult => {
  let asked = 0;
  const cancelled = (): boolean => ++asked > ticks;
  return front(layer, architecture, { dataflow: null, costOf, gap, cancelled, progress: () => undefined });
};

interface Pair {
  readonly energy: number;
  readonly cycles: number;
}

/** What every legal mapping costs; null where there are too many. */
function every({ layer, architecture }: Pick<Problem, "layer" | "architecture">, most = MOST): readonly Pair[] | null {
  const pairs: Pair[] = [];
  for (const mapping of everyLegalMapping(layer, architecture)) {
    if (pairs.length === most) return null;
    pairs.push(costOf(mapping));
  }
  return pairs;
}

/** Slowest first: the pairs than which none has less of one and no more of the other. */
function leastOf(pairs: readonly Pair[]): readonly Pair[] {
  const fastFirst = [...pairs].sort((a, b) => a.cycles - b.cycles || a.energy - b.energy);
  const least: Pair[] = [];
  for (const pair of fastFirst) if (pair.energy < (least.at(-1)?.energy ?? Infinity) * (1 - 1e-11)) least.push(pair);
  return least.reverse();
}

const isWithin = ({ points }: FrontResult, pair: Pair, gap: number): boolean =>
  points.some(
    ({ energy, cycles }) =>
      energy <= pair.energy * (1 + gap) * (1 + 1e-9) && cycles <= pair.cycles * (1 + gap) * (1 + 1e-9),
  );

/** Units that share nothing: each one more costs hops, and nothing else limits speed. */
const dearUnits = (size: string): string => `name: dear
source: a test
levels:
  - {storage: DRAM, keeps: all, energy: {read: 20 pJ, write: 20 pJ}}
  - fanout: PEs
    ${size}
    multicast: none
    reduction: none
    energy: {hop: 3 pJ}
  - {storage: PE, capacity: 6 word, mayKeep: all, energy: {read: 1 pJ, write: 1 pJ}}
  - {compute: MAC, energy: {operation: 1 pJ}}
`;

describe("the certified front of energy and cycles", () => {
  it("is that of all legal mappings, point by point, on random small problems", () => {
    let [compared, points] = [0, 0];
    const seeds = Array.from({ length: 40 }, (_, i) => i + 1);
    const few = seeds.slice(3, 8);
    for (const problem of [
      ...seeds.map(hurriedProblemFrom),
      ...[...few, 39].map(problemFrom),
      ...few.map(leakyProblemFrom),
    ]) {
      const pairs = every(problem);
      if (pairs === null) continue;
      const expected = leastOf(pairs);
      const found = frontOf(problem);
      expect(found.status, problem.title).to.equal(expected.length === 0 ? "infeasible" : "optimal");
      expect(found.points.length, problem.title).to.equal(expected.length);
      for (const [i, { energy, cycles }] of expected.entries()) {
        const point = found.points[i];
        if (point === undefined) throw new Error("a point is missing");
        expect(point.energy, problem.title).to.be.closeTo(energy, 1e-9 * energy);
        expect(point.cycles, problem.title).to.be.closeTo(cycles, 1e-9 * cycles);
        expect(isCertain(point), problem.title).to.equal(true);
        expect(costOf(point.mapping), problem.title).to.include({ energy: point.energy, cycles: point.cycles });
      }
      compared++;
      points += expected.length;
    }
    expect(compared).to.be.greaterThan(15);
    expect(points).to.be.greaterThan(2 * compared);
  }).timeout(600_000);

  it("is that of all legal mappings where each further unit costs energy", () => {
    const layers = ["gemm:M=4,N=1,K=4", "gemm:M=6,N=2,K=1", "conv:M=2,C=1,P=4,Q=1,R=2,S=1"];
    const fanouts = ["x: 4", "x: 4\n    y: 3", "x: 4\n    y: 2"];
    for (const [i, text] of layers.entries()) {
      const [layer] = valueFrom(parseInlineLayer(text)).layers;
      if (layer === undefined) throw new Error(`no layer ${text}`);
      const problem = { layer, architecture: valueFrom(parseArchitecture(dearUnits(fanouts[i] ?? ""), text)) };
      const pairs = every(problem, 50_000);
      if (pairs === null) throw new Error(`too many mappings of ${text}`);
      const expected = leastOf(pairs);
      const found = frontOf(problem);
      expect(expected.length, text).to.be.greaterThan(2);
      expect(
        found.points.map(({ energy, cycles }) => ({ energy, cycles })),
        text,
      ).to.deep.equal(expected.map(({ energy, cycles }) => ({ energy, cycles })));
    }
  });

  it("refuses imperfect tiles", () => {
    const { layer, architecture } = hurriedProblemFrom(6);
    const options = { dataflow: null, costOf, gap: 0, cancelled: () => false, progress: () => undefined };
    const imperfect = { ...options, imperfect: true };
    expect(() => front(layer, architecture, imperfect)).to.throw("imperfect tiles");
  });

  it("is near every mapping where a gap is allowed", () => {
    for (const seed of [6, 7, 12, 20, 23, 26]) {
      const problem = hurriedProblemFrom(seed);
      const pairs = every(problem);
      if (pairs === null) continue;
      const found = frontOf(problem, 0.3);
      expect(found.within, problem.title).to.be.at.most(0.3 * (1 + 1e-9));
      for (const pair of pairs) expect(isWithin(found, pair, 0.3), problem.title).to.equal(true);
    }
  });

  it("claims no more than is proven when it is cut short", () => {
    for (const seed of [6, 7, 12, 20, 23, 26])
      for (const ticks of [1, 3, 8, 20]) {
        const problem = hurriedProblemFrom(seed);
        const pairs = every(problem);
        if (pairs === null) continue;
        const found = frontOf(problem, 0, ticks);
        for (const point of found.points) {
          const rivals = pairs.filter(({ cycles }) => cycles <= point.cycles);
          for (const { energy } of rivals)
            expect(energy, problem.title).to.be.at.least(point.energyAtLeast * (1 - 1e-9));
        }
        for (const pair of pairs) {
          if (Number.isFinite(found.within)) expect(isWithin(found, pair, found.within), problem.title).to.equal(true);
          if (isWithin(found, pair, 0)) continue;
          const there = found.open.filter(({ above, upTo }) => pair.cycles > above && pair.cycles <= upTo);
          expect(there.length, `${problem.title}, after ${ticks}: ${pair.cycles} cycles`).to.equal(1);
          expect(pair.energy).to.be.at.least((there[0]?.energyAtLeast ?? Infinity) * (1 - 1e-9));
        }
      }
  });
});
