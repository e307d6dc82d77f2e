import { isStarting, type Setting, starterOf, type Transfer } from "./atoms.js";
import { type ChainLoop, regionOf } from "./chains.js";
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
 * The atoms of the chains of one variable (atoms.ts): tiles, and for all others plain products of the iterations of some loops, since
 * the tiles of one variable's iterations never overlap. Only coupled variables together need more.
 */
export class ChainAtoms {
  /** Per transfer: the node whose tile its distinct words hold as a factor, −1 for none. */
  readonly tiled: readonly number[];
  private readonly setting: Setting;
  private readonly variable: number;
  /** Per tensor: coefficients of the variable in the axes that it moves. */
  private readonly coefficients: readonly (readonly number[])[];
  private readonly effects: readonly Effect[];

  constructor(setting: Setting, variable: number) {
    const { problem, placement, transfers } = setting;
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
      isBegun: isStarting(problem, placement, transfer) && problem.reduced.includes(variable),
      moves: (this.coefficients[transfer.tensor] ?? []).length > 0,
      multicast: sharesOf(problem, transfer.tensor, "multicast"),
      reduction: sharesOf(problem, transfer.tensor, "reduction"),
    }));
    this.tiled = this.effects.map(({ transfer: { tensor, child }, moves }) =>
      tensor === problem.output && moves && !this.isToCompute(child) ? child : -1,
    );
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
    const { problem, placement, layout } = this.setting;
    const powers = new Float64Array(layout.size);
    const region = regionOf(problem, placement, loop);
    const isTemporal = loop.place >= 0;
    const isReduced = problem.reduced.includes(this.variable);
    if (isTemporal) {
      powers[layout.steps] = 1;
      if (!isReduced) powers[layout.beginnings] = 1;
    } else {
      for (let j = region; j <= placement.nodes.length; j++) powers[layout.instances(j)] = 1;
      if (!isReduced && region <= starterOf(problem, placement)) powers[layout.starters] = 1;
      powers[layout.used(loop.fanout, loop.axis)] = 1;
    }
    this.effects.forEach((effect, t) => {
      const { transfer, isBegun, moves } = effect;
      const { tensor, parent, child } = transfer;
      if (isBegun) return;
      if (!isTemporal && region > parent && region <= child) this.share(effect, t, loop, powers);
      if (tensor !== problem.output || !moves) return;
      const isDistinct = this.isToCompute(child)
        ? isTemporal || (region > parent && !problem.rules.movesEveryVisit)
        : isTemporal && region <= child;
      if (isDistinct) powers[layout.distinct(t)] = 1;
    });
    return powers;
  }

  /** A spatial loop below the transfer's parent multiplies what is not shared along its axis. */
  private share({ transfer, moves, multicast, reduction }: Effect, t: number, loop: ChainLoop, powers: Float64Array) {
    const { problem, layout } = this.setting;
    const isOutput = transfer.tensor === problem.output;
    const axis = loop.axis === "x" ? 0 : 1;
    const shared = !moves && (multicast[loop.fanout]?.[axis] ?? false);
    const joined = !moves && (reduction[loop.fanout]?.[axis] ?? false);
    if (!shared) powers[layout.requests(t)] = 1;
    if (isOutput && !joined) powers[layout.drains(t)] = 1;
    for (let f = 0; f < problem.fanouts.length; f++) {
      if (!shared || loop.fanout <= f) powers[layout.crossDown(t, f)] = 1;
      if (isOutput && (!joined || loop.fanout <= f)) powers[layout.crossUp(t, f)] = 1;
    }
  }
}

const sharesOf = (problem: Problem, tensor: number, way: "multicast" | "reduction"): readonly [boolean, boolean][] =>
  problem.fanouts.map((fanout) => [
    shares(problem, fanout, "x", tensor, way),
    shares(problem, fanout, "y", tensor, way),
  ]);
