import { isStarting, type Setting, starterOf, type Transfer } from "./atoms.js";
import { type ChainLoop, regionOf } from "./chains.js";
import { type Axis, shares } from "./problem.js";

/**
 * The atoms of the chains of one variable (atoms.ts): tiles, and for all others plain products of the iterations of some loops, since
 * the tiles of one variable's iterations never overlap. Only coupled variables together need more.
 */
export class ChainAtoms {
  /** Per transfer: the node whose tile its distinct words hold as a factor, −1 for none. */
  readonly tiled: readonly number[];
  private readonly setting: Setting;
  private readonly isReduced: boolean;
  /** Per tensor: coefficients of the variable in the axes that it moves; empty where it does not move the tensor's tile. */
  private readonly coefficients: readonly (readonly number[])[];

  constructor(setting: Setting, variable: number) {
    const { problem, transfers } = setting;
    this.setting = setting;
    this.isReduced = problem.reduced.includes(variable);
    this.coefficients = problem.axes.map((groups) => coefficientsIn(groups, variable));
    const tiled: number[] = [];
    for (const { tensor, child } of transfers) {
      const isTiled = tensor === problem.output && this.moves(tensor) && !this.isToCompute(child);
      tiled.push(isTiled ? child : -1);
    }
    this.tiled = tiled;
  }

  private moves(tensor: number): boolean {
    return (this.coefficients[tensor] ?? []).length > 0;
  }

  /** Whether distinct words are counted operation by operation, not tile by tile. */
  private isToCompute(child: number): boolean {
    const { problem, placement } = this.setting;
    return problem.rules.extrapolates || child === placement.nodes.length;
  }

  /** The variable's part of the node's tile, in words, if the extent is left below it. */
  tile(node: number, extent: number): number {
    let words = 1;
    for (const c of this.coefficients[this.setting.placement.nodes[node]?.tensor ?? -1] ?? [])
      words *= c * (extent - 1) + 1;
    return words;
  }

  /** Per atom, tiles and `visits` aside, whether it holds the iterations of the loop: 1 or 0. */
  powersOf(loop: ChainLoop): Float64Array {
    const { setting, isReduced } = this;
    const { problem, placement, transfers, layout } = setting;
    const powers = new Float64Array(layout.size);
    const region = regionOf(problem, placement, loop);
    if (loop.place >= 0) {
      powers[layout.steps] = 1;
      if (!isReduced) powers[layout.beginnings] = 1;
    } else {
      for (let j = region; j <= placement.nodes.length; j++) powers[layout.instances(j)] = 1;
      if (!isReduced && region <= starterOf(problem, placement)) powers[layout.starters] = 1;
      powers[layout.used(loop.fanout, loop.axis)] = 1;
    }
    for (let t = 0; t < transfers.length; t++) {
      const transfer = transfers[t];
      // A start's transfer begins with one request for all iterations of variables that the output lacks.
      if (transfer === undefined || (isReduced && isStarting(problem, placement, transfer))) continue;
      if (loop.place < 0 && region > transfer.parent && region <= transfer.child)
        this.share(transfer.tensor, t, loop, powers);
      if (this.isDistinct(transfer, loop, region)) powers[layout.distinct(t)] = 1;
    }
    return powers;
  }

  /** Whether iterations of the loop, which stands in the region, bring distinct words of an output. */
  private isDistinct({ tensor, parent, child }: Transfer, { place }: ChainLoop, region: number): boolean {
    const { problem } = this.setting;
    if (tensor !== problem.output || !this.moves(tensor)) return false;
    if (this.isToCompute(child)) return place >= 0 || (region > parent && !problem.rules.movesEveryVisit);
    return place >= 0 && region <= child;
  }

  /** A spatial loop below the transfer's parent multiplies what is not shared along its axis: different instances always ask for different words of a tile that it moves. */
  private share(tensor: number, t: number, { fanout, axis }: ChainLoop, powers: Float64Array): void {
    const { problem, layout } = this.setting;
    const isOutput = tensor === problem.output;
    const level = problem.fanouts[fanout] ?? -1;
    const isStill = !this.moves(tensor);
    const shared = isStill && shares(problem, level, axis, tensor, "multicast");
    const joined = isStill && shares(problem, level, axis, tensor, "reduction");
    if (!shared) powers[layout.requests(t)] = 1;
    if (isOutput && !joined) powers[layout.drains(t)] = 1;
    for (let f = 0; f < problem.fanouts.length; f++) {
      if (!shared || fanout <= f) powers[layout.crossDown(t, f)] = 1;
      if (isOutput && (!joined || fanout <= f)) powers[layout.crossUp(t, f)] = 1;
    }
  }
}

function coefficientsIn(groups: readonly (readonly Axis[])[], variable: number): readonly number[] {
  const found: number[] = [];
  for (const axes of groups)
    for (const { variables, coefficients } of axes) {
      const at = variables.indexOf(variable);
      if (at >= 0) found.push(Math.abs(coefficients[at] ?? 0));
    }
  return found;
}
