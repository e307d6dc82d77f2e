import type { Mapping, MappingNode, ResolvedDataflow } from "../mappings/index.js";
import { type ChainLoop, interleave } from "./chains.js";
import { nodePosition, type OrderFamily, positionOf } from "./orders.js";
import { type Placement, permutations } from "./placement.js";
import { type Problem, tensorOf } from "./problem.js";

interface Placed {
  readonly position: number;
  readonly node: MappingNode;
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
  const fixed: Placed[] = [];
  const nameOfLevel = (level: number): string => problem.architecture.levels[level]?.name ?? "";
  const keep = (tensor: number, level: number): MappingNode => ({
    kind: "keep",
    tensors: [tensorOf(problem, tensor).name],
    level: nameOfLevel(level),
  });
  placement.backing.forEach((level, tensor) => {
    fixed.push({ position: level - problem.architecture.levels.length, node: keep(tensor, level) });
  });
  placement.nodes.forEach((node, j) => {
    fixed.push({ position: nodePosition(j), node: keep(node.tensor, node.level) });
  });
  const blocks = new Map<number, ChainLoop[]>();
  for (const loop of loops) {
    if (loop.place < 0) {
      const fanout = nameOfLevel(problem.fanouts[loop.fanout] ?? -1);
      const variable = problem.einsum.variables[loop.variable] ?? "";
      fixed.push({
        position: loop.position,
        node: { kind: "spatial", variable, by: loop.by, axis: loop.axis, fanout },
      });
      continue;
    }
    const position = positionOf(problem, placement, order, loop.place, loop.variable);
    blocks.set(position, [...(blocks.get(position) ?? []), loop]);
  }
  const choices = [...blocks].map(([position, inside]) => {
    const prescribed = prescribedOrder(placement, dataflow, inside[0]?.place ?? -1);
    return { position, orders: blockOrders(problem, inside, every, prescribed) };
  });
  for (const picked of combinations(choices)) {
    const nodes = [...fixed, ...picked].sort((a, b) => a.position - b.position);
    yield {
      nodes: merged(
        problem,
        nodes.map((placed) => placed.node),
      ),
    };
  }
}

function* combinations(
  choices: readonly { readonly position: number; readonly orders: readonly (readonly MappingNode[])[] }[],
): Generator<readonly Placed[]> {
  const [first, ...rest] = choices;
  if (first === undefined) {
    yield [];
    return;
  }
  for (const order of first.orders)
    for (const others of combinations(rest))
      yield [...order.map((node) => ({ position: first.position, node })), ...others];
}

/** The order that the dataflow prescribes for the loops of a region (those of the storage above it), null for none. */
function prescribedOrder(
  { nodes, backing }: Placement,
  dataflow: ResolvedDataflow | null,
  region: number,
): readonly (number | null)[] | null {
  if (region < 0 || region > nodes.length) return null;
  const level = nodes[region - 1]?.level ?? Math.max(...backing);
  return dataflow?.storages.get(level)?.order ?? null;
}

/** The orders of the loops of one block, each put into the prescribed one. */
function blockOrders(
  problem: Problem,
  loops: readonly ChainLoop[],
  every: boolean,
  prescribed: readonly (number | null)[] | null,
): readonly (readonly MappingNode[])[] {
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
    return orders.map((order) =>
      order
        .toSorted((a, b) => rankOf(a) - rankOf(b))
        .map(
          (loop): MappingNode => ({
            kind: "for",
            variable: problem.einsum.variables[loop.variable] ?? "",
            by: loop.by,
          }),
        ),
    );
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
