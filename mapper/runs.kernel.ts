import type { Setting } from "./atoms.js";
import { type ChainLoop, interleave, regionOf } from "./chains.js";
import { extentsOf, type Manner, type Step, shiftOf, wordsMoved } from "./motion.js";
import { Numbers } from "./numbers.kernel.js";
import { isInTurns, type OrderFamily, positionOf, regionAt } from "./orders.js";
import { positionOfBlock } from "./places.js";
import { type Axis, reuseAt } from "./problem.js";

/**
 * How groups move nodes' tiles: one after another, numbered. A run has the positions of its loops above the node, innermost first, each once, and the
 * words that enter if the loops at the first k of them slide and the rest bring whole tiles. Runs are many: they share their words, and stand in a row.
 */
export class Runs {
  private readonly motions: Motions;
  private readonly positions = new Numbers(Int32Array);
  /** Run r has the positions from the r-th of these to the next. */
  private readonly starts = new Numbers(Int32Array);
  /** Where its words begin in `motions`; and what loops that leave the tile where it is add to their logs. */
  private readonly offsets = new Numbers(Int32Array);
  private readonly visits = new Numbers(Float64Array);

  constructor(motions: Motions) {
    this.motions = motions;
    this.starts.push(0);
  }

  add(positions: readonly number[], offset: number, visits: number): number {
    for (const position of positions) this.positions.push(position);
    this.starts.push(this.positions.length);
    this.offsets.push(offset);
    this.visits.push(visits);
    return this.offsets.length - 1;
  }

  /** Log words of a run whose slides are interrupted at the position. */
  wordsAt(run: number, position: number): number {
    const { values } = this.positions;
    const start = this.starts.values[run]!;
    const end = this.starts.values[run + 1]!;
    let at = start;
    while (at < end && values[at]! >= position) at++;
    return this.motions.words.values[this.offsets.values[run]! + at - start]! + this.visits.values[run]!;
  }

  /** Log words of a run that nothing interrupts. */
  wordsOf(run: number): number {
    const length = this.starts.values[run + 1]! - this.starts.values[run]!;
    return this.motions.words.values[this.offsets.values[run]! + length]! + this.visits.values[run]!;
  }

  /** Adds the positions of a run to those noted. */
  notePositions(run: number, noted: Set<number>): void {
    const { values } = this.positions;
    const end = this.starts.values[run + 1]!;
    for (let at = this.starts.values[run]!; at < end; at++) noted.add(values[at]!);
  }
}

/** A variable's part in a run: how its loops stand above a node, in an order. */
export interface Voice {
  /** Tells apart what moves which tile by which loops, wherever these stand; 0 where nothing is told apart by number. */
  readonly number: number;
  /** The extent below the node, and the loops that move the tile, innermost first, with their positions. */
  readonly extent: number;
  readonly loops: readonly { readonly loop: ChainLoop; readonly position: number }[];
  /** Their positions, each once. */
  readonly positions: readonly number[];
  /** Log iterations of loops that leave the tile where it is, but bring it anew. */
  readonly visits: number;
}

/** Words moved by what many placements and orders have in common: the same loops, in the same order, over the same tile. */
export class Motions {
  readonly words: Numbers<Float64Array> = new Numbers(Float64Array);
  private readonly voices = new Map<string, number>();
  /** By the numbers of two voices and the way in which their loops alternate. */
  private readonly pairs = new Map<number, number>();
  private readonly others = new Map<string, number>();

  /** The variable's loops of a chain above a node; `free`: where loops begin that cost nothing if they leave the tile where it is. */
  voice(
    setting: Setting,
    order: OrderFamily,
    group: number,
    variable: number,
    node: number,
    free: number,
    chain: readonly ChainLoop[],
  ): Voice {
    const { problem, placement } = setting;
    const { tensor, level } = placement.nodes[node]!;
    const isMoving = problem.relevance[tensor]![variable] !== "irrelevant";
    let extent = problem.bounds[variable]!;
    let visits = 0;
    const moving: { readonly loop: ChainLoop; readonly position: number }[] = [];
    for (const loop of chain) {
      if (regionOf(problem, placement, loop) > node) continue;
      extent /= loop.count;
      if (loop.place < 0) continue;
      const position = positionOf(problem, placement, order, loop.place, variable);
      if (isMoving) moving.push({ loop, position });
      else if (position < free) visits += Math.log(loop.count);
    }
    moving.sort((a, b) => b.position - a.position);
    const positions: number[] = [];
    let name = `${tensor} ${group} ${reuseAt(problem, level)} ${variable} ${extent} `;
    for (const { loop, position } of moving) {
      const isNew = positions.at(-1) !== position;
      if (isNew) positions.push(position);
      name += `${isNew ? "/" : "+"}${loop.count}:${loop.by}`;
    }
    const number = this.voices.get(name) ?? this.voices.size + 1;
    this.voices.set(name, number);
    return { number, extent, loops: moving, positions, visits };
  }

  /** Adds the run that the voices of a group's variables make together at the node; its number. */
  run(runs: Runs, setting: Setting, order: OrderFamily, group: number, node: number, alone: readonly Voice[]): number {
    const voices = setting.problem.rules.isEven ? alone : woven(alone, order);
    const positions: number[] = [];
    let visits = 0;
    for (const voice of voices) visits += voice.visits;
    const [a, b] = voices;
    const key = voices.length === 2 ? alternation(a!, b!, positions) : -1;
    if (key >= 0) {
      const known = this.pairs.get(key) ?? this.add(setting, group, node, voices, positions);
      this.pairs.set(key, known);
      return runs.add(positions, known, visits);
    }
    const name = alternations(voices, positions);
    const known = this.others.get(name) ?? this.add(setting, group, node, voices, positions);
    this.others.set(name, known);
    return runs.add(positions, known, visits);
  }

  private add(
    setting: Setting,
    group: number,
    node: number,
    voices: readonly Voice[],
    positions: readonly number[],
  ): number {
    const { problem, placement } = setting;
    const { tensor, level } = placement.nodes[node]!;
    const { extrapolates, isEven } = problem.rules;
    const axes = problem.axes[tensor]?.[group] ?? [];
    const { variables } = problem.groups[group]!;
    const manner = { reuse: reuseAt(problem, level), extrapolates, isEven };
    const at = this.words.length;
    for (const log of motionOf(axes, variables, voices, positions, manner)) this.words.push(log);
    return at;
  }
}

/**
 * Where several variables of a group have loops in different blocks of a region (orders.ts), some iterations of one may stand in the tail that a node sees through
 * to, and others outside, in turns with the other's, and all further in than what else would interrupt them there. So they count as if they shared a block, the
 * innermost. Which of these orders is the best is found when the mappings are built (build.ts).
 */
function woven(voices: readonly Voice[], { turns }: OrderFamily): readonly Voice[] {
  if (!isDivided(voices)) return voices;
  const blocks = new Map<number, number>();
  const shared = new Set<number>();
  for (const { positions } of voices)
    for (const position of positions) {
      if (!isInTurns(turns, position)) continue;
      const region = regionAt(position);
      if ((blocks.get(region) ?? position) !== position) shared.add(region);
      blocks.set(region, position);
    }
  if (shared.size === 0) return voices;
  const moved = (position: number): number => {
    const region = regionAt(position);
    return shared.has(region) && isInTurns(turns, position) ? positionOfBlock(region, turns[region]!.last) : position;
  };
  return voices.map((voice) => ({
    ...voice,
    loops: voice.loops.map(({ loop, position }) => ({ loop, position: moved(position) })),
    positions: [...new Set(voice.positions.map(moved))],
  }));
}

/** Whether voices have loops in different blocks of a region. */
function isDivided(voices: readonly Voice[]): boolean {
  for (let x = 0; x < voices.length; x++)
    for (let y = 0; y <= x; y++)
      for (const p of voices[x]!.positions)
        for (const q of voices[y]!.positions) if (p !== q && regionAt(p) === regionAt(q)) return true;
  return false;
}

/** Of how many voices the numbers fit into a key, and how many loops two voices may have in all there. */
const VOICES = 1 << 17;
const LOOPS = 11;

/**
 * Writes the positions of both voices, each once, innermost first, and returns a number for both voices and the way in which their loops alternate; −1 where there is none.
 */
function alternation(a: Voice, b: Voice, positions: number[]): number {
  const [n, m] = [a.positions.length, b.positions.length];
  let [i, k, way] = [0, 0, 1];
  while (i < n || k < m) {
    const p = i < n ? a.positions[i]! : -1;
    const q = k < m ? b.positions[k]! : -1;
    way = way * 3 + (p > q ? 0 : p < q ? 1 : 2);
    positions.push(p > q ? p : q);
    if (p >= q) i++;
    if (q >= p) k++;
  }
  if (n + m <= LOOPS && a.number < VOICES && b.number < VOICES) return (way * VOICES + a.number) * VOICES + b.number;
  positions.length = 0;
  return -1;
}

/** The same for any voices, as text. */
function alternations(voices: readonly Voice[], positions: number[]): string {
  const all = [...new Set(voices.flatMap((voice) => voice.positions))].sort((p, q) => q - p);
  positions.push(...all);
  return `${voices.map(({ number }) => number)} ${voices.map((voice) => voice.positions.map((p) => all.indexOf(p)).join("/")).join(" ")}`;
}

/** How a tile is moved, and whether the loops at a position stay whole. */
type NestManner = Manner & { readonly isEven: boolean };

/** log words [k], the loops at the first k positions (innermost first) sliding and all others bringing whole tiles. */
function motionOf(
  axes: readonly Axis[],
  variables: readonly number[],
  voices: readonly Voice[],
  positions: readonly number[],
  manner: NestManner,
): Float64Array {
  const extents = extentsOf(axes, (v) => voices[variables.indexOf(v)]?.extent ?? 1);
  const words = new Float64Array(positions.length + 1);
  let outside = 1;
  for (const { loops } of voices) for (const { loop } of loops) outside *= loop.count;
  let nests: readonly (readonly Step[])[] = [[]];
  words[0] = Math.log(outside * fewestWords(extents, nests, manner));
  for (let k = 0; k < positions.length; k++) {
    const loops = loopsAt(voices, positions[k]!);
    for (const { count } of loops) outside /= count;
    nests = lengthened(nests, axes, interleave(loops, manner.isEven));
    words[k + 1] = Math.log(outside * fewestWords(extents, nests, manner));
  }
  return words;
}

function loopsAt(voices: readonly Voice[], position: number): readonly ChainLoop[] {
  const found: ChainLoop[] = [];
  for (const { loops } of voices) for (const { loop, position: own } of loops) if (own === position) found.push(loop);
  return found;
}

/** The nests with loops around them that stand in one of several orders. */
function lengthened(
  nests: readonly (readonly Step[])[],
  axes: readonly Axis[],
  orders: readonly (readonly ChainLoop[])[],
): readonly (readonly Step[])[] {
  const found: (readonly Step[])[] = [];
  for (const order of orders) {
    const steps: Step[] = [];
    for (const { variable, count, by } of order) steps.push({ count, shift: shiftOf(axes, variable, by) });
    for (const nest of nests) found.push(steps.concat(nest));
  }
  return found;
}

/** The least over all ways to interleave the loops that share a position. */
function fewestWords(extents: readonly number[], nests: readonly (readonly Step[])[], manner: NestManner): number {
  let least = Number.POSITIVE_INFINITY;
  for (const nest of nests) {
    const words = wordsMoved(extents, nest, manner);
    if (words < least) least = words;
  }
  return least;
}
