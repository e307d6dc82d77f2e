import { isStarting, type Setting, starterOf, type Transfer } from "./atoms.js";
import { type Chain, regionOf } from "./chains.js";
import { type Problem, shares } from "./problem.js";

/** What a variable does to one transfer, looked up once. */
interface Effect {
  readonly transfer: Transfer;
  /** Whether the transfer is a start's, and the variable one that the output lacks: it then begins with one request for all its iterations. */
  readonly isBegun: boolean;
  /** Whether the variable moves the tensor's tile: then different instances always ask for different words. */
  readonly moves: boolean;
  /** Per fan-out and axis (x, y): whether requests (drains) are shared along it. */
  readonly multicast: readonly (readonly [boolean, boolean])[];
  readonly reduction: readonly (readonly [boolean, boolean])[];
}

/**
 * The atoms of the chains of one variable (atoms.ts), by plain products: the tiles of one variable's iterations never overlap, so only
 * coupled variables together need more.
 */
export class ChainAtoms {
  private readonly setting: Setting;
  private readonly variable: number;
  /** Per tensor: coefficients of the variable in the axes that it moves. */
  private readonly coefficients: readonly (readonly number[])[];
  private readonly effects: readonly Effect[];

  constructor(setting: Setting, variable: number) {
    const { problem, transfers } = setting;
    this.setting = setting;
    this.variable = variable;
    this.coefficients = problem.axes.map((groups) =>
      groups.flat().flatMap(({ variables, coefficients }) => {
        const at = variables.indexOf(variable);
        return at < 0 ? [] : [Math.abs(coefficients[at] ?? 0)];
      }),
    );
    this.effects = transfers.map((transfer) => ({
      transfer,
      isBegun: isStarting(problem, setting.placement, transfer) && problem.reduced.includes(variable),
      moves: (this.coefficients[transfer.tensor] ?? []).length > 0,
      multicast: sharesOf(problem, transfer.tensor, "multicast"),
      reduction: sharesOf(problem, transfer.tensor, "reduction"),
    }));
  }

  /** Writes the atoms of a chain at `to[offset …]`, all but `visits`, which are left at 1. */
  fill(chain: Chain, to: Float64Array, offset: number): void {
    const { problem, placement, layout } = this.setting;
    const nodes = placement.nodes.length;
    to.fill(1, offset, offset + layout.size);
    const regions = chain.map((loop) => regionOf(problem, placement, loop));
    for (let j = 0; j <= nodes; j++) {
      let extent = problem.bounds[this.variable] ?? 1;
      let instances = 1;
      chain.forEach((loop, i) => {
        if ((regions[i] ?? 0) > j) return;
        extent /= loop.count;
        if (loop.place < 0) instances *= loop.count;
      });
      to[offset + layout.instances(j)] = instances;
      if (j < nodes) to[offset + layout.tile(j)] = this.tile(placement.nodes[j]?.tensor ?? -1, extent);
    }
    this.effects.forEach((effect, t) => {
      this.fillTransfer(effect, t, chain, regions, to, offset);
    });
    let steps = 1;
    let starters = 1;
    const starter = starterOf(problem, placement);
    for (const [i, { place, count, fanout, axis }] of chain.entries()) {
      if (place >= 0) steps *= count;
      else {
        if ((regions[i] ?? 0) <= starter) starters *= count;
        const at = offset + layout.used(fanout, axis);
        to[at] = (to[at] ?? 1) * count;
      }
    }
    const isReduced = problem.reduced.includes(this.variable);
    to[offset + layout.steps] = steps;
    to[offset + layout.beginnings] = isReduced ? 1 : steps;
    to[offset + layout.starters] = isReduced ? 1 : starters;
  }

  private tile(tensor: number, extent: number): number {
    let words = 1;
    for (const c of this.coefficients[tensor] ?? []) words *= c * (extent - 1) + 1;
    return words;
  }

  private fillTransfer(
    { transfer, isBegun, moves, multicast, reduction }: Effect,
    t: number,
    chain: Chain,
    regions: readonly number[],
    to: Float64Array,
    offset: number,
  ): void {
    const { problem, placement, layout } = this.setting;
    const { tensor, parent, child } = transfer;
    if (isBegun) return;
    const isOutput = tensor === problem.output;
    const grow = (atom: number, by: number): void => {
      to[offset + atom] = (to[offset + atom] ?? 1) * by;
    };
    for (let i = 0; i < chain.length; i++) {
      const loop = chain[i];
      const region = regions[i] ?? 0;
      if (loop === undefined || loop.place >= 0 || region <= parent || region > child) continue;
      const axis = loop.axis === "x" ? 0 : 1;
      const shared = !moves && (multicast[loop.fanout]?.[axis] ?? false);
      const joined = !moves && (reduction[loop.fanout]?.[axis] ?? false);
      if (!shared) grow(layout.requests(t), loop.count);
      if (isOutput && !joined) grow(layout.drains(t), loop.count);
      for (let f = 0; f < problem.fanouts.length; f++) {
        if (!shared || loop.fanout <= f) grow(layout.crossDown(t, f), loop.count);
        if (isOutput && (!joined || loop.fanout <= f)) grow(layout.crossUp(t, f), loop.count);
      }
    }
    if (!isOutput || !moves) return;
    const { extrapolates, movesEveryVisit } = problem.rules;
    const toCompute = extrapolates || child === placement.nodes.length;
    let points = toCompute ? 1 : (to[offset + layout.tile(child)] ?? 1);
    for (let i = 0; i < chain.length; i++) {
      const loop = chain[i];
      const region = regions[i] ?? 0;
      if (loop === undefined) continue;
      const isTemporal = loop.place >= 0;
      const counts = toCompute ? isTemporal || (region > parent && !movesEveryVisit) : isTemporal && region <= child;
      if (counts) points *= loop.count;
    }
    to[offset + layout.distinct(t)] = points;
  }
}

const sharesOf = (problem: Problem, tensor: number, way: "multicast" | "reduction"): readonly [boolean, boolean][] =>
  problem.fanouts.map((fanout) => [
    shares(problem, fanout, "x", tensor, way),
    shares(problem, fanout, "y", tensor, way),
  ]);
