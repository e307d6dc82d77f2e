import type { Mapping, MappingNode, ResolvedDataflow } from "../mappings/index.js";
import { type ChainLoop, interleave, outerPosition, regionOf } from "./chains.js";
import { isInTurns, nodePosition, type OrderFamily, positionOf } from "./orders.js";
import { type Placement, permutations } from "./placement.js";
import { type Problem, tensorOf } from "./problem.js";

/** Loops, or a keep node, at a position of the nest. */
interface Placed {
  readonly position: number;
  readonly nodes: readonly MappingNode[];
}

/** Loops that stand together at a position, in every order that may matter. */
interface Choice {
  readonly position: number;
  readonly orders: readonly (readonly ChainLoop[])[];
}

/**
 * The loop trees that one split a variable can stand for in an order family: the loops of one block in every order that may matter.
 * With `every` false those in which one coupled group stands innermost, its loops interleaved in every way; else all orders.
 */
export function* mappingsOf(
  problem: Problem,
  placement: Placement,
  order: OrderFamily,
  loops: readonly ChainLoop[],
  every: boolean,
  dataflow: ResolvedDataflow | null,
): Generator<Mapping> {
  const nameOfLevel = (level: number): string => problem.architecture.levels[level]?.name ?? "";
  const keep = (tensor: number, level: number): readonly MappingNode[] => [
    { kind: "keep", tensors: [tensorOf(problem, tensor).name], level: nameOfLevel(level) },
  ];
  const keeps: readonly Placed[] = [
    ...placement.backing.map((level, tensor) => ({
      position: level - problem.architecture.levels.length,
      nodes: keep(tensor, level),
    })),
    ...placement.nodes.map(({ tensor, level }, j) => ({ position: nodePosition(j), nodes: keep(tensor, level) })),
  ];
  const regions = placement.nodes.map((_, j) => j).concat(placement.nodes.length);
  const choices = regions.flatMap((region) => {
    const inside = loops.filter((loop) => regionOf(problem, placement, loop) === region);
    return choicesIn(problem, placement, order, inside, every, prescribedOrder(placement, dataflow, region));
  });
  const nodeOf = (loop: ChainLoop): MappingNode => {
    const { by, axis } = loop;
    const variable = problem.einsum.variables[loop.variable] ?? "";
    if (loop.place >= 0) return { kind: "for", variable, by };
    return { kind: "spatial", variable, by, axis, fanout: nameOfLevel(problem.fanouts[loop.fanout] ?? -1) };
  };
  for (const picked of combinations(choices)) {
    const placed = [...keeps, ...picked.map(({ position, nest }) => ({ position, nodes: nest.map(nodeOf) }))];
    const nodes = placed.sort((a, b) => a.position - b.position).flatMap((there) => there.nodes);
    yield { nodes: merged(problem, nodes) };
  }
}

/** The loops of a region, block by block and then its spatial loops; all at once where some temporal loop stands below spatial ones of its variable. */
function choicesIn(
  problem: Problem,
  placement: Placement,
  order: OrderFamily,
  loops: readonly ChainLoop[],
  every: boolean,
  prescribed: readonly (number | null)[] | null,
): readonly Choice[] {
  const spatial = spatialOf(loops);
  const isMixed = loops.some(({ place }) => place > placement.nodes.length);
  const isWoven = weaves(problem, placement, order, loops);
  const blocks = blocksOf(problem, placement, order, loops, every || isMixed || isWoven, prescribed);
  if (!isMixed && !isWoven)
    return [...blocks, ...spatial.map((loop) => ({ position: loop.position, orders: [[loop]] }))];
  const nests = everyNest(problem, blocks, spatial, isWoven, loops, prescribed).filter((nest) => nest !== null);
  const byPlace = loops
    .filter(({ place }) => place >= 0)
    .sort((x, y) => outerPosition(problem, placement, x) - outerPosition(problem, placement, y));
  const plain = nested(problem, byPlace, spatial) ?? [];
  return [{ position: blocks[0]?.position ?? 0, orders: [plain, ...nests] }];
}

/**
 * Whether variables of a coupled group have temporal loops in different blocks of a region: they may take turns across blocks. Not so where tiles stream: what is
 * moved then does not depend on the order of a region's loops, but what tiles take does.
 */
function weaves(problem: Problem, placement: Placement, order: OrderFamily, loops: readonly ChainLoop[]): boolean {
  if (problem.rules.isEven || problem.rules.streams) return false;
  return problem.groups.some(({ coupled, variables }) => {
    if (!coupled) return false;
    const own = loops.filter(({ place, variable }) => place >= 0 && variables.includes(variable));
    const positions = own.map(({ place, variable }) => positionOf(problem, placement, order, place, variable));
    return new Set(positions.filter((position) => isInTurns(order.turns, position))).size > 1;
  });
}

/** All orders of a region's loops, block by block, and across blocks where loops of a coupled group stand in several; null for each that no nest keeps to. */
function everyNest(
  problem: Problem,
  blocks: readonly Choice[],
  spatial: readonly ChainLoop[],
  isWoven: boolean,
  loops: readonly ChainLoop[],
  prescribed: readonly (number | null)[] | null,
): readonly (readonly ChainLoop[] | null)[] {
  const inBlocks = [...mixedOrders(problem, blocks, spatial)];
  if (!isWoven) return inBlocks;
  const temporal = loops.filter(({ place }) => place >= 0);
  const orders = blockOrders(problem, temporal, true, prescribed);
  return [...inBlocks, ...mixedOrders(problem, [{ position: blocks[0]?.position ?? 0, orders }], spatial)];
}

const spatialOf = (loops: readonly ChainLoop[]): readonly ChainLoop[] =>
  loops.filter(({ place }) => place < 0).sort((a, b) => a.position - b.position);

/** The temporal loops of a region, block by block. */
function blocksOf(
  problem: Problem,
  placement: Placement,
  order: OrderFamily,
  loops: readonly ChainLoop[],
  every: boolean,
  prescribed: readonly (number | null)[] | null,
): readonly Choice[] {
  const blocks = new Map<number, ChainLoop[]>();
  for (const loop of loops) {
    if (loop.place < 0) continue;
    const position = positionOf(problem, placement, order, loop.place, loop.variable);
    blocks.set(position, [...(blocks.get(position) ?? []), loop]);
  }
  return [...blocks]
    .sort(([a], [b]) => a - b)
    .map(([position, inside]) => ({ position, orders: blockOrders(problem, inside, every, prescribed) }));
}

/**
 * Whether `mappingsOf` tries every order of loops that the family takes for possible: not where spatial loops stand in the way of some, or where there
 * are very many.
 */
export function hasEveryOrder(
  problem: Problem,
  placement: Placement,
  order: OrderFamily,
  loops: readonly ChainLoop[],
): boolean {
  return [...placement.nodes, null].every((_, region) => {
    const inside = loops.filter((loop) => regionOf(problem, placement, loop) === region);
    const isWoven = weaves(problem, placement, order, inside);
    if (!isWoven && !inside.some(({ place }) => place > placement.nodes.length)) return true;
    const blocks = blocksOf(problem, placement, order, inside, true, null);
    const nests = everyNest(problem, blocks, spatialOf(inside), isWoven, inside, null);
    return nests.length < MOST_MIXED && !nests.includes(null);
  });
}

/** The most orders of temporal loops that are tried around spatial ones of their own variables. */
const MOST_MIXED = 400;

/** The temporal loops of the blocks, in each of their orders, with the spatial loops among them; null for an order where they cannot stand. */
function* mixedOrders(
  problem: Problem,
  blocks: readonly Choice[],
  spatial: readonly ChainLoop[],
): Generator<readonly ChainLoop[] | null> {
  let left = MOST_MIXED;
  for (const picked of combinations(blocks)) {
    if (--left < 0) return;
    yield nested(
      problem,
      picked.flatMap(({ nest }) => nest),
      spatial,
    );
  }
}

/**
 * Temporal loops in a given order with the spatial loops of their region among them, as far in as the order of their variable's loops lets them stand
 * (which matters to coupled variables alone); fan-outs in theirs. Null where no nest keeps to both.
 */
function nested(
  problem: Problem,
  temporal: readonly ChainLoop[],
  spatial: readonly ChainLoop[],
): readonly ChainLoop[] | null {
  const isCoupled = (v: number): boolean =>
    problem.groups.some(({ coupled, variables }) => coupled && variables.includes(v));
  const isAhead = (outer: ChainLoop, inner: ChainLoop): boolean =>
    outer.variable === inner.variable && outer.by > inner.by && isCoupled(outer.variable);
  const nest: ChainLoop[] = [];
  let waiting = spatial;
  for (const [i, loop] of temporal.entries()) {
    const fanout = Math.max(-1, ...waiting.flatMap((s) => (isAhead(s, loop) ? [s.fanout] : [])));
    const due = waiting.filter((s) => s.fanout < fanout || isAhead(s, loop));
    if (due.some((s) => temporal.slice(i).some((later) => isAhead(later, s)))) return null;
    waiting = waiting.filter((s) => !due.includes(s));
    nest.push(...due, loop);
  }
  return tiled([...nest, ...waiting]);
}

/** The loops with the tiles that they leave in this order. */
function tiled(nest: readonly ChainLoop[]): readonly ChainLoop[] {
  const extents = new Map<number, number>();
  for (const { variable, count, by } of nest) extents.set(variable, Math.max(extents.get(variable) ?? 1, count * by));
  return nest.map((loop) => {
    const by = (extents.get(loop.variable) ?? 1) / loop.count;
    extents.set(loop.variable, by);
    return { ...loop, by };
  });
}

/** One order of each choice. */
function* combinations(
  choices: readonly Choice[],
): Generator<readonly { readonly position: number; readonly nest: readonly ChainLoop[] }[]> {
  const [first, ...rest] = choices;
  if (first === undefined) {
    yield [];
    return;
  }
  for (const nest of first.orders)
    for (const others of combinations(rest)) yield [{ position: first.position, nest }, ...others];
}

/** The order that the dataflow prescribes for the loops of a region (those of the storage above it), null for none. */
function prescribedOrder(
  { nodes, backing }: Placement,
  dataflow: ResolvedDataflow | null,
  region: number,
): readonly (number | null)[] | null {
  const level = nodes[region - 1]?.level ?? Math.max(...backing);
  return dataflow?.storages.get(level)?.order ?? null;
}

/** The orders of the loops of one block, each put into the prescribed one. */
function blockOrders(
  problem: Problem,
  loops: readonly ChainLoop[],
  every: boolean,
  prescribed: readonly (number | null)[] | null,
): readonly (readonly ChainLoop[])[] {
  const rankOf = ({ variable }: ChainLoop): number => {
    const listed = prescribed?.indexOf(variable) ?? 0;
    return listed < 0 ? (prescribed?.indexOf(null) ?? 0) : listed;
  };
  const groupOf = (loop: ChainLoop): number =>
    problem.groups.findIndex(({ variables }) => variables.includes(loop.variable));
  const groups = [...new Set(loops.map(groupOf))].sort((a, b) => a - b);
  const inner = groups.filter((g) => problem.groups[g]?.coupled);
  const sequences = every
    ? permutations(groups)
    : inner.length === 0
      ? [groups]
      : inner.map((g) => [...groups.filter((other) => other !== g), g]);
  return sequences.flatMap((sequence) => {
    let orders: readonly (readonly ChainLoop[])[] = [[]];
    for (const [i, g] of sequence.entries()) {
      const own = loops.filter((loop) => groupOf(loop) === g);
      const isWhole = problem.rules.isEven;
      const ways = every || i === sequence.length - 1 ? interleave(own, isWhole) : [own];
      orders = orders.flatMap((outer) => ways.map((way) => [...outer, ...way]));
    }
    return orders.map((order) => order.toSorted((a, b) => rankOf(a) - rankOf(b)));
  });
}

/** Keep nodes of one level that stand together are written as one, its tensors in the Einsum's order. */
function merged(problem: Problem, nodes: readonly MappingNode[]): readonly MappingNode[] {
  const order = new Map(problem.einsum.tensors.map(({ name }, t) => [name, t]));
  const inOrder = (tensors: readonly string[]): readonly string[] =>
    [...tensors].sort((a, b) => (order.get(a) ?? 0) - (order.get(b) ?? 0));
  const result: MappingNode[] = [];
  for (const node of nodes) {
    const last = result.at(-1);
    if (node.kind === "keep" && last?.kind === "keep" && last.level === node.level)
      result[result.length - 1] = { ...last, tensors: inOrder([...last.tensors, ...node.tensors]) };
    else result.push(node);
  }
  return result;
}
