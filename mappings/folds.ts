import { type Architecture, mustKeep, type StorageLevel } from "../arch-specs/index.js";
import { ceilDiv, type Result } from "../base/index.js";
import type { Layer } from "../workloads/index.js";
import { checkLegality } from "./legality.js";
import type { LegalMapping, MappingNode } from "./mapping.js";
import { type SystolicRoles, systolicRoles } from "./systolic.js";
import { boxWords, isRelevant, storageAt } from "./tensors.js";

/** A temporal loop of the fold order, and how often it goes round. */
interface FoldLoop {
  readonly variable: number;
  readonly by: number;
  readonly iterations: number;
}

/**
 * The mapping that a systolic array has: its dataflow fixes it. The stationary tensor is cut into *folds* of the array's size, one after another; below
 * each, everything that meets it streams through:
 * ```
 *   for g · for COLUMNS by cols · for ROWS by rows          (outputs that stay: rows outside, columns inside)
 *     for STREAM by chunk                                    (as much as the buffer holds at a time)
 *       spatial-y ROWS · spatial-x COLUMNS
 *   registers [stationary]
 *         for STREAM
 * ```
 * Free is only between which of these loops the feeding buffer keeps each tensor. Of all choices that fit the one is taken that moves the fewest words
 * over the buffer's upper side; among equals the one that takes the least room. Undefined where the layer is no product that the array can run
 * (`systolicRoles`); a buffer too small for any choice is told as every illegal mapping is.
 */
export function foldMapping(layer: Layer, architecture: Architecture): Result<LegalMapping> | undefined {
  const roles = systolicRoles(layer.einsum, architecture);
  if (roles === undefined || roles.feeder !== 1) return undefined;
  const { einsum } = layer;
  const chunks = chunkSizes(einsum.bounds[roles.stream] ?? 1, roles, storageAt(architecture, roles.feeder));
  const best = chunks
    .map((chunk) => bestPlacement(layer, architecture, roles, chunk))
    .reduce((a, b) => (isBetter(b, a) ? b : a));
  return checkLegality({ nodes: nodesOf(layer, architecture, roles, best) }, layer, architecture);
}

/**
 * How much of the stream is on chip at a time: all, half of it, …, as little as may be. A chunk is never shorter than the way through the array: then the two
 * halves of a double buffer are enough for words that are still under way.
 */
function chunkSizes(stream: number, { array }: SystolicRoles, { buffering }: StorageLevel): readonly number[] {
  const least = array.x + array.y;
  const sizes = [stream];
  if (buffering === "single" || stream <= least) return sizes;
  for (let size = ceilDiv(stream, 2); size > least; size = ceilDiv(size, 2)) sizes.push(size);
  return [...sizes, least];
}

/** Where each tensor's keep node stands: below how many of the loops. */
interface Placement {
  readonly loops: readonly FoldLoop[];
  readonly depths: readonly number[];
  readonly traffic: number;
  readonly room: number;
  readonly fits: boolean;
}

const isBetter = (a: Placement, b: Placement): boolean => {
  if (a.fits !== b.fits) return a.fits;
  if (!a.fits) return a.room < b.room;
  return a.traffic < b.traffic || (a.traffic === b.traffic && a.room < b.room);
};

function bestPlacement(layer: Layer, architecture: Architecture, roles: SystolicRoles, chunk: number): Placement {
  const { tensors, bounds } = layer.einsum;
  const feeder = storageAt(architecture, roles.feeder);
  const loops = loopsOf(bounds, roles, chunk);
  const extents = [...bounds];
  const below = [extents, ...loops.map(({ variable, by }) => extents.with(variable, by))];
  loops.forEach(({ variable, by }, i) => {
    for (let depth = i + 1; depth < below.length; depth++) below[depth] = (below[depth] ?? extents).with(variable, by);
  });
  const choices = tensors.map((tensor) => {
    if (!mustKeep(feeder, tensor)) return [{ depth: 0, words: 0, traffic: 0 }];
    return below.map((left, depth) => {
      const words = boxWords(tensor, left);
      const lastMove = loops.slice(0, depth).findLastIndex(({ variable }) => isRelevant(tensor, variable));
      const visits = loops.slice(0, lastMove + 1).reduce((n, { iterations }) => n * iterations, 1);
      // A partial sum goes up and comes back; the first visit of a word brings nothing.
      const whole = boxWords(tensor, bounds);
      return { depth, words, traffic: tensor.role === "output" ? 2 * words * visits - whole : words * visits };
    });
  });
  const capacity = (tensor: number): number => capacityOf(feeder, tensors[tensor]?.alias ?? "");
  let best: Placement | null = null;
  const choose = (chosen: readonly { depth: number; words: number; traffic: number }[]): void => {
    if (chosen.length < choices.length) {
      for (const choice of choices[chosen.length] ?? []) choose([...chosen, choice]);
      return;
    }
    const room = chosen.reduce((sum, { words }) => sum + words, 0);
    const fits =
      feeder.capacity.kind === "shared" ? room <= capacity(0) : chosen.every(({ words }, t) => words <= capacity(t));
    const traffic = chosen.reduce((sum, choice) => sum + choice.traffic, 0);
    const placement = { loops, depths: chosen.map(({ depth }) => depth), traffic, room, fits };
    if (best === null || isBetter(placement, best)) best = placement;
  };
  choose([]);
  if (best === null) throw new Error("there is at least one placement");
  return best;
}

function loopsOf(bounds: readonly number[], roles: SystolicRoles, chunk: number): readonly FoldLoop[] {
  const { array, groups, columns, rows, stream, alongY, alongX } = roles;
  const across = { variable: columns, by: array.x };
  const down = { variable: rows, by: array.y };
  const staysOutput = alongX < 2 && alongY < 2;
  return [
    ...groups.map((variable) => ({ variable, by: 1 })),
    ...(staysOutput ? [down, across] : [across, down]),
    { variable: stream, by: chunk },
  ].flatMap(({ variable, by }) => {
    const bound = bounds[variable] ?? 1;
    return by >= bound ? [] : [{ variable, by, iterations: ceilDiv(bound, by) }];
  });
}

/** Words that a mapping may use: half of a double buffer. */
function capacityOf({ capacity, buffering }: StorageLevel, tensor: string): number {
  const words = capacity.kind === "shared" ? capacity.words : (capacity.words.get(tensor) ?? 0);
  return buffering === "double" ? Math.floor(words / 2) : words;
}

function nodesOf(
  { einsum }: Layer,
  architecture: Architecture,
  roles: SystolicRoles,
  { loops, depths }: Placement,
): readonly MappingNode[] {
  const { fanout, feeder, registers, stationary, rows, columns, stream } = roles;
  const name = (level: number): string => architecture.levels[level]?.name ?? "";
  const variable = (v: number): string => einsum.variables[v] ?? "";
  const keepAt = (depth: number): readonly MappingNode[] => {
    const kept = einsum.tensors.filter(
      (tensor, t) => depths[t] === depth && mustKeep(storageAt(architecture, feeder), tensor),
    );
    if (kept.length === 0) return [];
    return [{ kind: "keep", tensors: kept.map((tensor) => tensor.name), level: name(feeder) }];
  };
  const all = einsum.tensors.map((tensor) => tensor.name);
  const held = einsum.tensors[stationary]?.name ?? "";
  const spatial = (v: number, axis: "x" | "y"): MappingNode => ({
    ...{ kind: "spatial", variable: variable(v), by: 1, axis, fanout: name(fanout) },
  });
  return [
    { kind: "keep", tensors: all, level: name(0) },
    ...keepAt(0),
    ...loops.flatMap((loop, i): readonly MappingNode[] => [
      { kind: "for", variable: variable(loop.variable), by: loop.by },
      ...keepAt(i + 1),
    ]),
    spatial(rows, "y"),
    spatial(columns, "x"),
    { kind: "keep", tensors: [held], level: name(registers) },
    { kind: "for", variable: variable(stream), by: 1 },
  ];
}
