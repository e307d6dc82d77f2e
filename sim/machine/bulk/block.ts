/**
 * The block: the temporal loops below every keep node, which compute runs through without any tile moving. It is executed in bulk.
 */
import { type NumberKind, numberKindOf } from "../arithmetic.js";
import { bytesOf } from "../code/lanes.js";
import { at, type Nest, type PlacedLoop } from "../nest.js";
import { operandsOf } from "../tensors.js";

export interface Block {
  /** Loops at and below this position belong to the block. */
  readonly position: number;
  /** Its temporal loops, outermost first; those of one iteration are left out. */
  readonly loops: readonly PlacedLoop[];
  /** The loop that is taken in vectors, an index into `loops`. */
  readonly vectorLoop: number | null;
  /** For each tensor, its axes from the outermost to the innermost in memory: the vector loop's axis lies innermost. */
  readonly axisOrders: readonly (readonly number[])[];
}

export function blockOf(nest: Nest): Block {
  const { einsum } = nest;
  const placed = nest.loops.filter(({ loop, iterations }) => loop.kind === "for" && iterations > 1);
  const position = startOf(nest, placed);
  const loops = placed.filter((loop) => loop.position >= position);
  const vector = vectorLoopOf(nest, loops, numberKindOf(einsum.accumulator));
  const axisOrders = einsum.tensors.map((tensor, t) => {
    const axes = tensor.ranks.map((_, axis) => axis);
    const last = vector?.axes[t] ?? null;
    return last === null ? axes : [...axes.filter((axis) => axis !== last), last];
  });
  return { position, loops, vectorLoop: vector?.loop ?? null, axisOrders };
}

/**
 * The block starts below the last keep node. Of a variable that does not divide evenly it takes the innermost temporal loop only:
 * the iterations that an instance works in are then a box of loop indices.
 */
function startOf(nest: Nest, loops: readonly PlacedLoop[]): number {
  let position = 1 + nest.mapping.nodes.findLastIndex((node) => node.kind === "keep");
  nest.einsum.bounds.forEach((_, variable) => {
    if (nest.areEven[variable]) return;
    const own = loops.filter(({ loop }) => loop.variable === variable);
    const last = own.at(-2);
    if (last !== undefined) position = Math.max(position, last.position + 1);
  });
  return position;
}

/** How far an iteration of a loop moves the word of a tensor, axis by axis. */
export const stepsAlong = (nest: Nest, t: number, { loop }: PlacedLoop): readonly number[] =>
  at(nest.einsum.tensors, t).ranks.map(({ terms }) => {
    const term = terms.find(({ variable }) => variable === loop.variable);
    return term === undefined ? 0 : term.coefficient * loop.by;
  });

interface Candidate {
  readonly loop: number;
  /** For each tensor the axis along which the loop moves, null where it does not. */
  readonly axes: readonly (number | null)[];
  /** Estimated time of an operation; single words take 1. */
  readonly cost: number;
}

/** The loop whose vectors promise the least time, if any beats single words. */
function vectorLoopOf(nest: Nest, loops: readonly PlacedLoop[], kind: NumberKind): Candidate | null {
  const candidates = loops.flatMap((_, loop): readonly Candidate[] => {
    const found = candidateOf(nest, loops, loop, 16 / bytesOf(kind));
    return found === null || found.cost >= 1 ? [] : [found];
  });
  return candidates.reduce<Candidate | null>((best, c) => (best === null || c.cost < best.cost ? c : best), null);
}

const GATHER_COST = 0.6;
const JOIN_COST = 3;

function candidateOf(nest: Nest, loops: readonly PlacedLoop[], loop: number, lanes: number): Candidate | null {
  const placed = at(loops, loop);
  const { tensors, operation } = nest.einsum;
  const operands = new Set(operandsOf(nest.einsum));
  let gathers = 0;
  const axes: (number | null)[] = [];
  for (const [t, tensor] of tensors.entries()) {
    const steps = stepsAlong(nest, t, placed);
    const moving = steps.flatMap((step, axis) => (step === 0 ? [] : [axis]));
    const [axis = null] = moving;
    axes.push(axis);
    if (axis === null || (tensor.role === "input" && !operands.has(t))) continue;
    const step = at(steps, axis);
    if (moving.length > 1 || step < 1 || (step > 1 && tensor.role === "output")) return null;
    if (step > 1) gathers++;
  }
  const isReduction = at(axes, axes.length - 1) === null;
  if (isReduction && operation.reduce === "assign") return null;
  const { iterations } = placed;
  const vectors = Math.floor(iterations / lanes);
  const cost = (vectors * (1 + gathers * lanes * GATHER_COST) + (iterations % lanes)) / iterations;
  if (!isReduction) return { loop, axes, cost };
  // The lanes are joined once for all operations of one word.
  let operations = 1;
  for (const other of loops)
    if (stepsAlong(nest, tensors.length - 1, other).every((step) => step === 0)) operations *= other.iterations;
  return { loop, axes, cost: cost + JOIN_COST / operations };
}
