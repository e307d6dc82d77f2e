import { expect } from "chai";
import { parseArchitecture } from "../../arch-specs/index.js";
import { type Random, seeded } from "../../base/index.js";
import { limitsOf } from "../../mapper/limits.js";
import { placementsOf } from "../../mapper/placement.js";
import { problemOf } from "../../mapper/problem.js";
import { SmoothChains } from "../../mapper/smooth-chains.kernel.js";
import { type SmoothPacking, smoothPackingOf } from "../../mapper/smooth-packing.js";
import { ratiosOf } from "../../mapper/smooth-ratios.kernel.js";
import { reductionsOf } from "../../mapper/smooth-reduction.js";
import { type Bins, sideChains } from "../../mapper/smooth-sides.js";
import { SmoothSpread } from "../../mapper/smooth-spread.kernel.js";
import { parseInlineLayer } from "../../workloads/index.js";

/** Where a factor may go: what its log costs there, how far it has to go and how far it can. */
interface Outlet {
  readonly weight: number;
  readonly least: number;
  readonly most: number;
}

/** The least cost of a factor (log) over the outlets: some order of filling them is the best of all ways. */
function leastSpread(outlets: readonly Outlet[], log: number): number {
  const must = outlets.reduce((sum, { least }) => sum + least, 0);
  if (must > log + 1e-12) return Number.POSITIVE_INFINITY;
  const base = outlets.reduce((sum, { weight, least }) => (least > 0 ? sum + weight * least : sum), 0);
  const fill = (left: number, rest: readonly Outlet[]): number =>
    left < 1e-12
      ? 0
      : rest.reduce((best, { weight, least, most }, i) => {
          const part = Math.min(left, most - least);
          if (part <= 0 || weight === Number.POSITIVE_INFINITY) return best;
          return Math.min(best, weight * part + fill(left - part, rest.toSpliced(i, 1)));
        }, Number.POSITIVE_INFINITY);
  return base + fill(log - must, outlets);
}

/** A variable with nodes, and bins of some weights; the first fan-out is packed. */
interface Chain {
  readonly bound: number;
  readonly nodes: number;
  readonly bins: Bins;
  readonly sizes: readonly number[];
  readonly weights: Float64Array;
  /** nodes × (bound + 1). */
  readonly cost: Float64Array;
  readonly spread: SmoothSpread;
}

function chainFrom(random: Random, bound: number): Chain {
  const nodes = random.integer(1, 3);
  const regions = Array.from({ length: random.integer(0, 2) }, () => random.integer(0, nodes));
  // No two fan-outs where the first, which is packed, stands.
  const regionOfAxis = [...new Set(regions)].flatMap((region) => [region, region]);
  const sizes = regionOfAxis.map(() => random.integer(1, 4));
  const bins = { regions: nodes + 1, regionOfAxis };
  // Some differ by less than what is given away for speed.
  const unit = random.pick([1, 1, 1e-4]);
  const weight = (): number =>
    unit * random.pick([Infinity, 0, 1, random.integer(1, 40) / 10, random.integer(1, 40) / 10]);
  const weights = Float64Array.from({ length: nodes + 1 + regionOfAxis.length }, weight);
  const cost = Float64Array.from({ length: nodes * (bound + 1) }, () => unit * random.pick([Infinity, 0, 1, 2, 3]));
  const [x = 1, y = 1] = sizes;
  const spread = new SmoothSpread(bins, { fanout: sizes.length > 0 ? 0 : -1, x, y } as SmoothPacking, sizes);
  spread.weights = weights;
  return { bound, nodes, bins, sizes, weights, cost, spread };
}

const within = (x: number, low: number, high: number, what: string): void => {
  if (high === Number.POSITIVE_INFINITY) expect(x, what).to.equal(high);
  else expect(x, what).to.be.within(low - 1e-9, high + 1e-9);
};

/** What a factor costs in a region: along the packed fan-out from `least` iterations to `most`. */
function regionCost(
  { nodes, bins, sizes, weights, spread }: Chain,
  region: number,
  log: number,
  most: number[],
): number {
  const outlets = bins.regionOfAxis.flatMap((at, axis): Outlet[] => {
    if (at !== region) return [];
    const least = Math.log(Math.max(1, (axis < 2 ? (spread.least[axis] ?? 1) : 1) - 1));
    return [{ weight: weights[nodes + 1 + axis] ?? 0, least, most: Math.log(most[axis] ?? sizes[axis] ?? 1) }];
  });
  return leastSpread([{ weight: weights[region] ?? 0, least: 0, most: Infinity }, ...outlets], log);
}

/** The least of all chains, tile by tile. */
function leastChain(chain: Chain, most: number[]): number {
  const { bound, nodes, cost } = chain;
  const from = (region: number, extent: number): number => {
    if (region === nodes) return regionCost(chain, region, Math.log(extent), most);
    let least = Number.POSITIVE_INFINITY;
    for (let tile = 1; tile <= extent; tile++) {
      const here = (cost[region * (bound + 1) + tile] ?? 0) + regionCost(chain, region, Math.log(extent / tile), most);
      if (here < least) least = Math.min(least, here + from(region + 1, tile));
    }
    return least;
  };
  return from(0, bound);
}

describe("smooth chains", () => {
  it("have ratios of whole numbers that are never above their own", () => {
    for (const bound of [1, 7, 40, 41, 90]) {
      const { logs, numbers } = ratiosOf(bound);
      for (let t = 1; t <= bound; t++)
        for (let u = 1; u <= t; u++) {
          const log = logs[numbers[t * (bound + 1) + u] ?? -1] ?? Number.NaN;
          expect(log, `${t} ÷ ${u} of ${bound}`).to.be.at.most(Math.log(t / u) + 1e-9);
          expect(log, `${t} ÷ ${u} of ${bound}`).to.be.at.least(Math.log(t / u) - (bound <= 40 ? 1e-9 : 0.01));
        }
    }
  });

  it("spread a factor over the places of a region at the least cost", () => {
    const random = seeded(1);
    for (let n = 1; n <= 300; n++) {
      const chain = chainFrom(random, 6);
      const { spread, nodes, sizes, weights } = chain;
      for (let region = 0; region <= nodes; region++) {
        const log = Math.log(random.integer(1, 40) / random.integer(1, 4) + 1);
        const parts = new Float64Array(weights.length);
        const cost = spread.spread(region, log, parts);
        const what = `${n}, region ${region}`;
        const least = regionCost(chain, region, log, []);
        if (region !== spread.splitRegion) within(cost, least, least, what);
        if (cost < Infinity)
          expect(
            parts.reduce((sum, part) => sum + part),
            what,
          ).to.be.closeTo(log, 1e-9);
      }
      if (spread.splitRegion < 0) continue;
      const most = [random.integer(1, sizes[0] ?? 1), random.integer(1, sizes[1] ?? 1)];
      spread.least = [random.integer(1, most[0] ?? 1), random.integer(1, most[1] ?? 1)];
      // An axis that takes no factor is not held to any number of iterations.
      spread.least = [0, 1].map((axis) => ((weights[nodes + 1 + axis] ?? 0) < Infinity ? spread.least[axis] : 1)) as [
        number,
        number,
      ];
      const log = Math.log(random.integer(1, 12) / random.integer(1, 3) + 1);
      spread.setClass(spread.splitRegion, (most[0] ?? 1) * 65536 + (most[1] ?? 1));
      const cost = spread.spreadPacked(spread.splitRegion, log, null);
      const least = regionCost(chain, spread.splitRegion, log, most);
      within(cost, least, least, `${n}, packed`);
    }
  });

  it("are found at the least cost of all, for each way to use the packed fan-out", () => {
    let finite = 0;
    const random = seeded(2);
    for (let n = 1; n <= 400; n++) {
      const chain = chainFrom(random, random.integer(2, 7));
      const { bound, nodes, cost, spread, sizes } = chain;
      const most =
        spread.splitRegion < 0 ? [1, 1] : [random.integer(1, sizes[0] ?? 1), random.integer(1, sizes[1] ?? 1)];
      const own = (most[0] ?? 1) * 65536 + (most[1] ?? 1);
      const chains = new SmoothChains(bound, nodes, spread);
      const found = chains.solve(cost, [own])?.[0] ?? Infinity;
      const least = leastChain(chain, most);
      const what = `${n}`;
      within(found, least - 3e-4, least, what);
      if (least === Infinity) continue;
      finite++;
      const bins = new Float64Array(chain.weights.length);
      const tiles = chains.trace(cost, own, bins);
      const spent = bins.reduce((sum, part, b) => (part > 1e-12 ? sum + part * (chain.weights[b] ?? 0) : sum), 0);
      const kept = tiles.reduce((sum, tile, j) => sum + (cost[j * (bound + 1) + tile] ?? 0), 0);
      within(spent + kept, least, least, `${what}, traced`);
    }
    expect(finite).to.be.greaterThan(50);
  });

  it("cost no more than the least where ratios are rounded down", () => {
    const random = seeded(3);
    for (let n = 1; n <= 12; n++) {
      const chain = chainFrom(random, 41 + n);
      const { bound, spread, cost } = chain;
      const one = { ...chain, nodes: chain.nodes };
      if (chain.nodes > 1) continue;
      const most = spread.splitRegion < 0 ? [1, 1] : [...chain.sizes];
      const found = new SmoothChains(bound, 1, spread).solve(cost, [(most[0] ?? 1) * 65536 + (most[1] ?? 1)])?.[0];
      within(found ?? Infinity, 0, leastChain(one, most), `${n}`);
    }
  });

  it("of further variables are every one, but for the order of a region's loops", () => {
    const random = seeded(4);
    for (let n = 1; n <= 60; n++) {
      const { bins, nodes } = chainFrom(random, 6);
      const [bound, sizes] = [random.integer(1, 6), bins.regionOfAxis.map(() => random.integer(1, 4))];
      const closed = random.integer(0, nodes + bins.regionOfAxis.length);
      const chains = sideChains(bound, bins, (bin) => bin !== closed, sizes, 4000);
      const known = new Set(chains?.map(({ tiles, logs, uses }) => nameOf(tiles, logs, uses)));
      expect(known.size, "no chain twice").to.equal(chains?.length);
      for (const { tiles, logs, uses } of everyChain(bound, bins, closed, sizes))
        expect([...known], `${n}`).to.include(nameOf(tiles, logs, uses));
    }
  });

  it("pack a fan-out exactly that stands alone, however far they go along it", () => {
    const packed = (levels: string) => {
      const text = `name: meshes\nlevels: [{storage: L0, keeps: all}, ${levels}, {compute: MAC}]\n`;
      const [architecture, layers] = [parseArchitecture(text, "meshes.yaml"), parseInlineLayer("gemm:M=4,N=2,K=3")];
      const layer = layers.ok ? layers.value.layers[0] : undefined;
      if (!architecture.ok || layer === undefined) throw new Error(text);
      const problem = problemOf(layer, architecture.value);
      const [placement] = placementsOf(problem, limitsOf(problem, null));
      if (placement === undefined) throw new Error("no placement");
      return smoothPackingOf(problem, placement);
    };
    const between = "{fanout: F, x: 2, y: 2}, {storage: L1, capacity: 90 word, keeps: all}, {fanout: G, x: 5, y: 3}";
    const { packing, fanout, x, y } = packed(between);
    expect([fanout, x, y, packing.states]).to.deep.equal([1, 5, 3, 15]);
    expect(packing.exact).to.deep.equal([false, false, true, true]);
    const stateOf = (ux: number, uy: number): number => (ux <= 5 && uy <= 3 ? (ux - 1) * 3 + uy - 1 : -1);
    for (const [ax, ay, bx, by] of fours(5, 3)) {
      expect(packing.times[stateOf(ax, ay) * 15 + stateOf(bx, by)]).to.equal(stateOf(ax * bx, ay * by));
      expect(packing.widths[stateOf(ax, ay)]).to.equal(4 * ax * ay);
    }
    expect(packed("{fanout: F, x: 2, y: 2}, {fanout: G, x: 5, y: 3}").fanout).to.equal(-1);
    expect(packed("{fanout: F, x: 21, y: 20}").fanout).to.equal(-1);
  });

  it("are parted by how far the reduction goes, into parts that leave out none", () => {
    const within = ({ lo, hi }: Ranges, x: number, y: number): boolean =>
      x >= lo[0] && x <= hi[0] && y >= lo[1] && y <= hi[1];
    let parts: readonly Ranges[] = [{ lo: [1, 1], hi: [7, 5] }];
    for (let n = 0; n < 6; n++) parts = parts.flatMap((part) => reductionsOf(part) ?? [part]);
    expect(parts.length).to.be.greaterThan(20);
    for (let x = 1; x <= 7; x++)
      for (let y = 1; y <= 5; y++) expect(parts.filter((part) => within(part, x, y)).length).to.equal(1);
  });
});

interface Ranges {
  readonly lo: readonly [number, number];
  readonly hi: readonly [number, number];
}

function* fours(x: number, y: number): Generator<readonly [number, number, number, number]> {
  for (let a = 1; a <= x; a++)
    for (let b = 1; b <= y; b++) for (let c = 1; c <= x; c++) for (let d = 1; d <= y; d++) yield [a, b, c, d];
}

const nameOf = (tiles: readonly number[], logs: readonly number[], uses: readonly number[]): string =>
  `${tiles} | ${logs.map((log) => (log + 1e-7).toFixed(6))} | ${uses}`;

/** Every list of loops, region by region, in every order. */
function everyChain(bound: number, { regions, regionOfAxis }: Bins, closed: number, sizes: readonly number[]) {
  const found: { tiles: number[]; logs: number[]; uses: number[] }[] = [];
  const visit = (region: number, extent: number, tiles: number[], logs: number[], uses: number[]): void => {
    if (region === regions - 1 && extent === 1) found.push({ tiles, logs, uses });
    if (region < regions - 1) visit(region + 1, extent, [...tiles, extent], logs, uses);
    for (let tile = 1; tile < extent; tile++)
      for (const bin of logs.keys()) {
        const axis = bin - regions;
        if (bin === closed || (axis < 0 ? bin : regionOfAxis[axis]) !== region) continue;
        const grown = uses.map((n, a) => (a === axis ? n * Math.ceil(extent / tile) : n));
        if (grown.some((n, a) => n > (sizes[a] ?? 1))) continue;
        visit(
          region,
          tile,
          tiles,
          logs.map((log, b) => (b === bin ? log + Math.log(extent / tile) : log)),
          grown,
        );
      }
  };
  visit(
    0,
    bound,
    [],
    Array.from({ length: regions + regionOfAxis.length }, () => 0),
    regionOfAxis.map(() => 1),
  );
  return found;
}
