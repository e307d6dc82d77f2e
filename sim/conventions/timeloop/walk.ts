import type { Tensor } from "../../../workloads/index.js";
import { areEqual, type Box, carriedBy, isZero, movedBy, translationOf, without, wordsOf } from "./boxes.js";
import { boxOf, type NestLoop, type Ranges, type Spread, type Stage } from "./nest.js";

/** What the instances below one instance of a stage ask of it in the whole run, before bypasses are worked in. */
export interface Demand {
  /** Words read for them (an output: updated by them); one read serves a multicast. */
  readonly accesses: number;
  /** The same, each multicast counted once for every instance that it serves. */
  readonly served: number;
  /** Words that came from a neighbour instead. */
  readonly linked: number;
}

/** What instance 0 remembers, its coordinates seen from the present position of the loops. */
interface Memory {
  readonly held: Box | null;
  /** How the tile moved last; null after a tile that was fetched whole. */
  readonly motion: readonly number[] | null;
  /** What was asked for at the visit before (with links only). */
  readonly asked: readonly Box[] | null;
}
const NOTHING: Memory = { held: null, motion: null, asked: null };

interface Outcome {
  readonly demand: Demand;
  /** Words that the visit asked for, for the extrapolation of imperfect loops. */
  readonly words: number;
  readonly memory: Memory;
}
const none: Demand = { accesses: 0, served: 0, linked: 0 };
const add = (a: Demand, b: Demand, times: number): Demand => ({
  accesses: a.accesses + times * b.accesses,
  served: a.served + times * b.served,
  linked: a.linked + times * b.linked,
});

/**
 * Walks the loops above the boundary `child` as Timeloop does: of every temporal loop the iterations 0 and 1 (and, where some
 * tile does not divide, the last two), the outcome of iteration 1 standing for all between; spatial instance 0 only, all others
 * being its translated copies. Equal walks from equal memories are taken once, so that the cost does not double with each loop.
 *
 * `atCompute`: the child is compute, which holds nothing and asks for its word every time.
 */
export function demandOn(
  parent: Stage,
  loops: readonly NestLoop[],
  child: Ranges,
  tensor: Tensor,
  atCompute: boolean,
  options: { readonly links: boolean; readonly isImperfect: boolean },
): Demand {
  const { spread } = parent;
  const visitChild = (memory: Memory, notLast: ReadonlySet<number>): Outcome => {
    const ranges = child.full.map((full, v) =>
      notLast.has(v) || child.neverLast.has(v) ? full : (child.last[v] ?? full),
    );
    const box = boxOf(tensor, options.isImperfect ? ranges : child.full);
    const { asked, held, motion } = atCompute ? { asked: [box], held: null, motion: null } : moved(memory, box);
    const demand = spread === null ? direct(wordsOf(asked)) : shared(spread, asked, memory.asked, options.links);
    return { demand, words: wordsOf(asked), memory: { held, motion, asked: options.links ? asked : null } };
  };
  const known = new Map<string, Outcome>();
  const own = parent.loops.length;
  const visit = (depth: number, memory: Memory, notLast: ReadonlySet<number>): Outcome => {
    const loop = loops[depth];
    if (loop === undefined) return visitChild(memory, notLast);
    const key = keyOf(depth, memory, notLast);
    const found = known.get(key);
    if (found !== undefined) return found;
    const isLast = !notLast.has(loop.variable);
    const end = options.isImperfect && isLast ? loop.lastEnd : loop.end;
    const isInnermostOfParent = spread === null && !atCompute && own > 0 && depth === loops.length - 1;
    const outcome = iterated(loop, end, memory, notLast, isInnermostOfParent, (m, n) => visit(depth + 1, m, n));
    known.set(key, outcome);
    return outcome;
  };

  const iterated = (
    loop: NestLoop,
    end: number,
    start: Memory,
    notLast: ReadonlySet<number>,
    sums: boolean,
    body: (memory: Memory, notLast: ReadonlySet<number>) => Outcome,
  ): Outcome => {
    let memory = start;
    let demand = none;
    let position = 0;
    const run = (iteration: number, times: number): Outcome => {
      memory = seenFrom(memory, loop.step, iteration - position);
      position = iteration;
      const isLast = iteration + 1 >= loop.lastEnd;
      const inside = !options.isImperfect || isLast ? notLast : new Set([...notLast, loop.variable]);
      const outcome = body(memory, inside);
      memory = outcome.memory;
      if (times > 0) demand = add(demand, outcome.demand, times);
      return outcome;
    };
    run(0, 1);
    if (!options.isImperfect) {
      if (end > 1) run(1, end - 1);
    } else {
      if (end >= 4) run(1, sums ? end - 2 : end - 3);
      if (end >= 3) run(end - 2, sums && end >= 4 ? 0 : 1);
      if (end >= 2) run(end - 1, 1);
    }
    return { demand, words: 0, memory: seenFrom(memory, loop.step, -position) };
  };
  return visit(0, NOTHING, new Set()).demand;
}

const direct = (words: number): Demand => ({ accesses: words, served: words, linked: 0 });

/** The buffer's own move: what is kept of the tile while it goes on by the same vector, and what must be asked for. */
function moved({ held, motion }: Memory, box: Box): { asked: readonly Box[]; held: Box; motion: Memory["motion"] } {
  if (held === null) return { asked: [box], held: box, motion };
  const translation = translationOf(held, box);
  if (isZero(translation)) return { asked: without(box, held), held: box, motion };
  if (motion === null) return { asked: without(box, held), held: box, motion: translation };
  if (areEqual(motion, translation)) return { asked: without(box, held), held: box, motion };
  return { asked: [box], held: box, motion: null };
}

/** One request of instance 0, made by all instances of the spread: groups share reads, neighbours pass words on. */
function shared(spread: Spread, asked: readonly Box[], before: readonly Box[] | null, links: boolean): Demand {
  const words = wordsOf(asked);
  if (words === 0) return none;
  const { instances } = spread;
  const without: Demand = {
    accesses: words * groupsOf(spread),
    served: words * instances.length,
    linked: 0,
  };
  if (!links || before === null) return without;
  const by = carriedBy(before, asked);
  if (by === null) return without;
  const passed = passedOn(spread, by);
  const withLinks = {
    accesses: words * passed.groupsLeft,
    served: words * (instances.length - passed.instances),
    linked: words * passed.instances,
  };
  return withLinks.accesses < without.accesses ? withLinks : without;
}

const groupCounts = new WeakMap<Spread, number>();
function groupsOf(spread: Spread): number {
  const known = groupCounts.get(spread);
  if (known !== undefined) return known;
  const count = new Set(spread.instances.map(({ group }) => group)).size;
  groupCounts.set(spread, count);
  return count;
}

/** What neighbours pass on of one kind of step: how many instances they serve, and how many groups are left to the parent. */
interface Passed {
  readonly instances: number;
  readonly groupsLeft: number;
}
const passes = new WeakMap<Spread, Map<string, Passed>>();

/** An instance is served if what a neighbour asked for before, `by` away from the same of instance 0 now, is what it wants now. */
function passedOn(spread: Spread, by: readonly number[]): Passed {
  const known = passes.get(spread) ?? new Map<string, Passed>();
  passes.set(spread, known);
  const key = by.join(",");
  const found = known.get(key);
  if (found !== undefined) return found;
  const { instances, columns, rows, linksAlong } = spread;
  const isServed = (offset: readonly number[], i: number): boolean => {
    const wanted = offset.map((x, axis) => x + (by[axis] ?? 0));
    const [column, row] = [i % columns, Math.floor(i / columns)];
    const neighbours: readonly (readonly [boolean, number])[] = [
      [linksAlong.y && row > 0, i - columns],
      [linksAlong.y && row < rows - 1, i + columns],
      [linksAlong.x && column > 0, i - 1],
      [linksAlong.x && column < columns - 1, i + 1],
    ];
    return neighbours.some(([exists, j]) => {
      const neighbour = instances[j];
      return exists && neighbour !== undefined && areEqual(neighbour.offset, wanted);
    });
  };
  const left = instances.filter(({ offset }, i) => !isServed(offset, i));
  const groupsLeft = new Set(left.map(({ group }) => group)).size;
  const passed = { instances: instances.length - left.length, groupsLeft };
  known.set(key, passed);
  return passed;
}

function seenFrom(memory: Memory, step: readonly number[], iterations: number): Memory {
  if (iterations === 0 || isZero(step)) return memory;
  const { held, motion, asked } = memory;
  return {
    held: held === null ? null : movedBy(held, step, -iterations),
    motion,
    asked: asked === null ? null : asked.map((box) => movedBy(box, step, -iterations)),
  };
}

function keyOf(depth: number, { held, motion, asked }: Memory, notLast: ReadonlySet<number>): string {
  const text = (box: Box): string => `${box.low.join(",")}/${box.size.join(",")}`;
  const parts = [held === null ? "" : text(held), motion?.join(",") ?? "", asked?.map(text).join("+") ?? "-"];
  return `${depth};${[...notLast].sort().join(",")};${parts.join(";")}`;
}
