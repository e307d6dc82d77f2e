import { type Architecture, type FanoutLevel, holds } from "../../arch-specs/index.js";
import { ceilDiv } from "../../base/index.js";
import type { Einsum, Tensor } from "../../workloads/index.js";
import type { LegalMapping, ResolvedNode } from "../mapping.js";
import { isRelevant, levelAt } from "../tensors.js";

type Loop = Exclude<ResolvedNode, { kind: "keep" }>;

/** A loop tree put into the order that Timeloop's storages need, and what has to be taken apart for it. */
export interface Shaped {
  readonly nodes: readonly ResolvedNode[];
  /** Levels that become one storage a tensor. */
  readonly splitLevels: ReadonlySet<number>;
  /** Fan-outs that become two, and which axis is the outer one. */
  readonly splitFanouts: ReadonlyMap<number, "x" | "y">;
}

/** Every step leaves all counts as they are; what cannot be had is told in `troubles`. */
export function shaped(mapping: LegalMapping, troubles: string[]): Shaped {
  const { architecture, layer } = mapping;
  const splitLevels = new Set<number>();
  let nodes = mapping.nodes;
  architecture.levels.forEach((level, index) => {
    if (level.kind === "fanout") nodes = gathered(nodes, index, layer.einsum, troubles);
  });
  architecture.levels.forEach((level, index) => {
    if (level.kind !== "storage") return;
    if (level.capacity.kind === "per-tensor") {
      splitLevels.add(index);
      return;
    }
    const moved = aligned(nodes, index, layer.einsum.tensors);
    if (moved !== null) nodes = moved;
    else {
      splitLevels.add(index);
      if (Object.values(level.bandwidth).some((rate) => rate !== Infinity))
        troubles.push(
          `${level.name} keeps its tensors between different loops and has a bandwidth for all of them; Timeloop would need one storage a tensor`,
        );
    }
  });
  const splitFanouts = new Map<number, "x" | "y">();
  architecture.levels.forEach((level, index) => {
    if (level.kind !== "fanout" || !mustSplit(nodes, index, level, layer.einsum.tensors, troubles)) return;
    // Either axis may be the outer one; best is the order in which no loops of one variable change places.
    const tries = (["y", "x"] as const).map((outer) => {
      const told: string[] = [];
      return { outer, told, nodes: oneAxisOutside(nodes, index, outer, layer.einsum, told) };
    });
    const [first] = [...tries.filter(({ told }) => told.length === 0), ...tries];
    if (first === undefined) return;
    troubles.push(...first.told);
    nodes = first.nodes;
    splitFanouts.set(index, first.outer);
  });
  return { nodes, splitLevels, splitFanouts };
}

/** Temporal loops between spatial loops of one fan-out are put outside of them: instances run in lock-step. */
function gathered(
  nodes: readonly ResolvedNode[],
  fanout: number,
  einsum: Einsum,
  troubles: string[],
): readonly ResolvedNode[] {
  const isOn = (node: ResolvedNode): boolean => node.kind === "spatial" && node.fanout === fanout;
  const first = nodes.findIndex(isOn);
  const end = nodes.findLastIndex(isOn) + 1;
  if (first < 0) return nodes;
  const run = nodes.slice(first, end);
  const swapped = [...run.filter((n) => !isOn(n)), ...run.filter(isOn)];
  return [...nodes.slice(0, first), ...retiled(run, swapped, einsum, troubles), ...nodes.slice(end)];
}

/** The spatial loops of a fan-out that is taken apart, those of the outer axis first. They stand together. */
function oneAxisOutside(
  nodes: readonly ResolvedNode[],
  fanout: number,
  outer: "x" | "y",
  einsum: Einsum,
  troubles: string[],
): readonly ResolvedNode[] {
  const isOn = (node: ResolvedNode): boolean => node.kind === "spatial" && node.fanout === fanout;
  const first = nodes.findIndex(isOn);
  if (first < 0) return nodes;
  const run = nodes.filter(isOn);
  const isOuter = (node: ResolvedNode): boolean => node.kind === "spatial" && node.axis === outer;
  const swapped = [...run.filter(isOuter), ...run.filter((node) => !isOuter(node))];
  const after = retiled(run, swapped, einsum, troubles);
  return [...nodes.slice(0, first), ...after, ...nodes.slice(first + run.length)];
}

/**
 * The loops of a variable in their new order, with as many iterations as before. Which iteration meets which instance changes; no
 * count sees that where the variable has its axes to itself, as its tiles then never overlap. Elsewhere it is told.
 */
function retiled(
  before: readonly ResolvedNode[],
  after: readonly ResolvedNode[],
  { tensors, variables }: Einsum,
  troubles: string[],
): readonly ResolvedNode[] {
  const left = new Map<number, number>();
  variables.forEach((name, variable) => {
    const loops = (nodes: readonly ResolvedNode[]): readonly Loop[] =>
      nodes.filter((n): n is Loop => n.kind !== "keep" && n.variable === variable && ceilDiv(n.extent, n.by) > 1);
    const [old, now] = [loops(before), loops(after)];
    if (old.every((loop, i) => loop === now[i])) return;
    if (!isAlone(variable, tensors) || old.some((loop) => loop.extent % loop.by !== 0))
      troubles.push(`loops over ${name} would have to change places, which changes what overlaps`);
    else left.set(variable, old[0]?.extent ?? 1);
  });
  return after.map((node): ResolvedNode => {
    if (node.kind === "keep") return node;
    const extent = left.get(node.variable);
    if (extent === undefined) return node;
    const by = extent / ceilDiv(node.extent, node.by);
    left.set(node.variable, by);
    return { ...node, extent, by };
  });
}

const isAlone = (variable: number, tensors: readonly Tensor[]): boolean =>
  tensors.every(({ ranks }) =>
    ranks.every(({ terms }) => terms.length < 2 || terms.every((term) => term.variable !== variable)),
  );

/** Keep nodes of one level at one place, moved past loops that leave their tensors where they are; null where that cannot be. */
function aligned(
  nodes: readonly ResolvedNode[],
  level: number,
  tensors: readonly Tensor[],
): readonly ResolvedNode[] | null {
  const places = nodes.flatMap((node, i) => (node.kind === "keep" && node.level === level ? [i] : []));
  const [first, last] = [places[0], places.at(-1)];
  if (first === undefined || last === undefined) return nodes;
  if (!nodes.slice(first, last).some((node) => node.kind !== "keep")) return nodes;
  return places.map((place) => movedTo(nodes, level, place, tensors)).find((moved) => moved !== null) ?? null;
}

function movedTo(
  nodes: readonly ResolvedNode[],
  level: number,
  place: number,
  tensors: readonly Tensor[],
): readonly ResolvedNode[] | null {
  const own = nodes.filter((node) => node.kind === "keep" && node.level === level);
  const isFree = nodes.every((node, i) => {
    if (node.kind !== "keep" || node.level !== level) return true;
    const tensor = tensors[node.tensor];
    const between = i < place ? nodes.slice(i, place) : nodes.slice(place, i);
    return between.every((other) => {
      if (other.kind === "keep") return other.level === level || other.tensor !== node.tensor;
      return other.kind === "for" && tensor !== undefined && !isRelevant(tensor, other.variable);
    });
  });
  if (!isFree) return null;
  return nodes.flatMap((node, i) => {
    if (i === place) return own;
    return node.kind === "keep" && node.level === level ? [] : [node];
  });
}

/**
 * Timeloop has one spatial loop a variable at a storage, and shares a tensor along both axes or none. Where that is not
 * enough, the axes become fan-outs of their own, if requests that are the same are so axis by axis.
 */
function mustSplit(
  nodes: readonly ResolvedNode[],
  fanout: number,
  level: FanoutLevel,
  tensors: readonly Tensor[],
  troubles: string[],
): boolean {
  const loops = nodes.filter((node): node is Loop => node.kind === "spatial" && node.fanout === fanout);
  const along = (axis: "x" | "y"): readonly Loop[] => loops.filter((l) => l.kind === "spatial" && l.axis === axis);
  const isTwice = along("x").some((l) => along("y").some((other) => other.variable === l.variable));
  if (!isTwice && tensors.every((tensor) => sharing(loops, tensor, level).kind !== "some")) return false;
  for (const tensor of tensors) {
    const [both, x, y] = [loops, along("x"), along("y")].map((part) => sharing(part, tensor, level).groups);
    if (both !== (x ?? 1) * (y ?? 1))
      troubles.push(`below ${level.name}, ${tensor.name} is shared along diagonals and not along an axis`);
    if (holds(level.links.x, tensor) || holds(level.links.y, tensor))
      troubles.push(`${level.name} has neighbour links, and its axes would have to be taken apart`);
  }
  return true;
}

/** Whether the tensor is shared below a stage: by all instances that could, by none, or by some (which Timeloop cannot say). */
export type Sharing = "all" | "none" | "some";

export function sharingBelow(
  loops: readonly Loop[],
  fanout: number | null,
  tensor: Tensor,
  architecture: Architecture,
): Sharing {
  if (fanout === null) return "all";
  const level = levelAt(architecture, fanout);
  if (level.kind !== "fanout") throw new Error(`${level.name} is no fan-out`);
  return sharing(loops, tensor, level).kind;
}

/** How instances fall into groups of equal requests. */
function sharing(
  loops: readonly Loop[],
  tensor: Tensor,
  fanout: FanoutLevel,
): { readonly kind: Sharing; readonly groups: number } {
  const joins = tensor.role === "output" ? fanout.reduction : fanout.multicast;
  let instances = [{ offset: tensor.ranks.map(() => 0), x: 0, y: 0 }];
  for (const loop of loops) {
    if (loop.kind !== "spatial") continue;
    const end = ceilDiv(loop.extent, loop.by);
    const step = tensor.ranks.map(({ terms }) =>
      terms.reduce((n, t) => (t.variable === loop.variable ? n + t.coefficient * loop.by : n), 0),
    );
    instances = instances.flatMap((instance) =>
      Array.from({ length: end }, (_, i) => ({
        ...instance,
        offset: instance.offset.map((o, axis) => o + i * (step[axis] ?? 0)),
        [loop.axis]: instance[loop.axis] * end + i,
      })),
    );
  }
  const [x, y] = [holds(joins.x, tensor), holds(joins.y, tensor)];
  const groups = new Set(instances.map((i) => `${i.offset} ${x ? "" : i.x} ${y ? "" : i.y}`)).size;
  if (groups === new Set(instances.map((i) => `${i.offset}`)).size) return { kind: "all", groups };
  return { kind: groups === instances.length ? "none" : "some", groups };
}
