import type { LegalMapping, ResolvedNode } from "../../../mappings/index.js";
import { type SystolicRoles, systolicRoles } from "../../../mappings/index.js";
import type { Einsum } from "../../../workloads/index.js";
import { at, storageAt } from "../nest.js";
import { roomOf } from "./buffer.js";
import type { SumsMove } from "./code.js";

/** A mapping as a systolic array runs it: folds of the stationary tensor one after another, below each a stream. */
export interface SystolicPlan {
  readonly roles: SystolicRoles;
  readonly sums: SumsMove;
  /** What stands above the array, outermost first: loops over folds, then over chunks of the stream, between them the buffer's keep nodes. */
  readonly above: readonly (BufferNode | TimeLoop)[];
  /** Positions of the spatial loops in the mapping, where there are such. */
  readonly spatial: { readonly x: number | null; readonly y: number | null };
}
export interface BufferNode {
  readonly kind: "keep";
  readonly tensor: number;
}
export interface TimeLoop {
  readonly kind: "for";
  readonly variable: number;
  readonly by: number;
  /** Whether the stationary words stay as they are while it goes on. */
  readonly streams: boolean;
}

/**
 * The plan of a mapping that is in the form of folds (`foldMapping` makes such), else undefined: the outermost storage and the buffer below it keep all three
 * tensors; loops over folds stand outside those over the stream; the rows and columns of the array take one word each of the variables that
 * lie across them; the elements keep one word of the stationary tensor, below which the stream goes by word by word. A stream in
 * chunks needs a double buffer and chunks no shorter than the way through the array. Tiles of more than a gigabyte are left to the other machine, and so are arrays of which the file
 * says what stepping does not do: limits or latencies inside, a second register for the next word.
 */
export function systolicPlan(mapping: LegalMapping): SystolicPlan | undefined {
  const { einsum } = mapping.layer;
  const roles = systolicRoles(einsum, mapping.architecture);
  if (roles === undefined || roles.feeder !== 1 || !isSteppable(mapping, roles)) return undefined;
  const nodes = mapping.nodes.filter((node) => node.kind === "keep" || node.by < node.extent);
  const { top, above, inArray, below } = partsOf(nodes, roles);
  const all = einsum.tensors.length;
  const kept = above.filter((node) => node.kind === "keep");
  const isForm =
    top.length === all &&
    kept.length === all &&
    isStreamingLast(above, roles) &&
    isArray(inArray, roles) &&
    isRegisters(below, roles);
  if (!isForm || !chunksFit(above, mapping, roles)) return undefined;
  const position = (axis: "x" | "y"): number | null => {
    const found = mapping.nodes.findIndex((n) => n.kind === "spatial" && n.axis === axis && n.by < n.extent);
    return found < 0 ? null : found;
  };
  const plan: SystolicPlan = {
    roles,
    sums: einsum.tensors[roles.stationary]?.role === "output" ? "stay" : "flow",
    above: above.flatMap((node): readonly (BufferNode | TimeLoop)[] => {
      if (node.kind === "keep") return [{ kind: "keep", tensor: node.tensor }];
      if (node.kind !== "for") return [];
      return [{ kind: "for", variable: node.variable, by: node.by, streams: node.variable === roles.stream }];
    }),
    spatial: { x: position("x"), y: position("y") },
  };
  const words = roomsOf(einsum, plan).reduce((sum, { room }) => sum + room, 0);
  return words > MOST_WORDS ? undefined : plan;
}

/** Whether the file says nothing of the array that a step a cycle, one hop and one operation in each, does not do. */
function isSteppable({ architecture }: LegalMapping, { array, registers }: SystolicRoles): boolean {
  const held = architecture.levels[registers];
  const compute = architecture.levels.at(-1);
  if (held?.kind !== "storage" || compute?.kind !== "compute") return false;
  const isUnlimited = Object.values(held.bandwidth).every((rate) => rate === Number.POSITIVE_INFINITY);
  return (
    isUnlimited &&
    held.latency === undefined &&
    held.buffering === "single" &&
    (array.bandwidth ?? Number.POSITIVE_INFINITY) === Number.POSITIVE_INFINITY &&
    (array.latency ?? 1) === 1 &&
    compute.operationsPerCycle === 1 &&
    compute.latency === 0
  );
}

/** Two tiles of every tensor have to lie in one memory of WebAssembly, beside the registers. */
const MOST_WORDS = 2 ** 27;

interface Parts {
  readonly top: readonly ResolvedNode[];
  readonly above: readonly ResolvedNode[];
  readonly inArray: readonly ResolvedNode[];
  readonly below: readonly ResolvedNode[];
}

/** The nodes of the outermost storage, those down to the array, the spatial loops, and what stands in the elements. */
function partsOf(nodes: readonly ResolvedNode[], roles: SystolicRoles): Parts {
  const registers = nodes.findIndex((node) => node.kind === "keep" && node.level === roles.registers);
  const end = registers < 0 ? nodes.length : registers;
  const isTop = (node: ResolvedNode): boolean => node.kind === "keep" && node.level === 0;
  const outer = nodes.slice(0, end).filter((node) => !isTop(node));
  const lastTemporal = outer.findLastIndex((node) => node.kind !== "spatial");
  return {
    top: nodes.filter(isTop),
    above: outer.slice(0, lastTemporal + 1),
    inArray: outer.slice(lastTemporal + 1),
    below: nodes.slice(end),
  };
}

/** Folds outside, chunks of the stream inside, no spatial loop among them. */
function isStreamingLast(above: readonly ResolvedNode[], { stream, feeder }: SystolicRoles): boolean {
  const loops = above.filter((node) => node.kind !== "keep");
  const first = loops.findIndex(({ variable }) => variable === stream);
  const ordered = first < 0 || loops.slice(first).every(({ variable }) => variable === stream);
  return ordered && above.every((node) => node.kind === "for" || (node.kind === "keep" && node.level === feeder));
}

function isArray(nodes: readonly ResolvedNode[], { rows, columns, fanout }: SystolicRoles): boolean {
  const axes = nodes.map((node) => (node.kind === "spatial" ? node.axis : ""));
  return (
    new Set(axes).size === axes.length &&
    nodes.every(
      (node) =>
        node.kind === "spatial" &&
        node.fanout === fanout &&
        node.by === 1 &&
        node.variable === (node.axis === "x" ? columns : rows),
    )
  );
}

/** One keep node of the stationary tensor, then nothing but the stream. */
function isRegisters(nodes: readonly ResolvedNode[], { stationary, stream }: SystolicRoles): boolean {
  const [kept, ...loops] = nodes;
  return (
    kept?.kind === "keep" &&
    kept.tensor === stationary &&
    loops.every((node) => node.kind === "for" && node.variable === stream)
  );
}

/** Of a stream in chunks, the words of one are still under way while the next one begins. */
function chunksFit(
  above: readonly ResolvedNode[],
  mapping: LegalMapping,
  { stream, feeder, array }: SystolicRoles,
): boolean {
  const chunked = above.filter((node) => node.kind === "for" && node.variable === stream);
  const last = chunked.at(-1);
  if (last === undefined || last.kind !== "for") return true;
  return storageAt(mapping, feeder).buffering === "double" && last.by >= array.x + array.y - 1;
}

/** Of each tensor the order of its words in the buffer, its extents there, and the room of two tiles, in words. */
export function roomsOf(
  einsum: Einsum,
  { roles, above }: Pick<SystolicPlan, "roles" | "above">,
): readonly { readonly order: readonly number[]; readonly extents: readonly number[]; readonly room: number }[] {
  return einsum.tensors.map((tensor, t) => {
    const extents = [...einsum.bounds];
    for (const node of above) {
      if (node.kind === "keep" && node.tensor === t) break;
      if (node.kind === "for") extents[node.variable] = Math.min(node.by, at(extents, node.variable));
    }
    const has = (variable: number): boolean =>
      tensor.ranks.some(({ terms }) => terms.some((term) => term.variable === variable));
    const order = [...roles.groups, roles.stream, roles.rows, roles.columns].filter(has);
    return { order, extents, room: roomOf(order, extents) };
  });
}
