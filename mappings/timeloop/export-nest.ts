import { type Architecture, holds, type StorageLevel } from "../../arch-specs/index.js";
import { ceilDiv } from "../../base/index.js";
import type { Tensor } from "../../workloads/index.js";
import type { LegalMapping, ResolvedNode } from "../mapping.js";
import { isRelevant, levelAt } from "../tensors.js";

type Loop = Exclude<ResolvedNode, { kind: "keep" }>;

/** A storage of the exported files: one of ours, the part of one that a tensor has for itself, or one that only spreads. */
export interface Stage {
  readonly name: string;
  readonly level: StorageLevel | null;
  /** Words; null: unlimited. */
  readonly capacity: number | null;
  readonly meshX: number;
  readonly meshY: number;
  readonly keep: ReadonlySet<number>;
  readonly temporal: readonly Loop[];
  /** Over the instances directly below; the fan-out that they stand on. */
  readonly spatial: readonly Loop[];
  readonly fanout: number | null;
}

interface Draft {
  readonly name: string;
  readonly level: StorageLevel | null;
  readonly capacity: number | null;
  readonly meshX: number;
  readonly meshY: number;
  readonly keep: Set<number>;
  readonly temporal: Loop[];
  readonly spatial: Loop[];
  fanout: number | null;
}

/** Lays a loop tree out as Timeloop's storages, outermost first, each with its own loops; or says why that cannot be. */
export function layOut(mapping: LegalMapping): {
  readonly stages: readonly Stage[];
  readonly troubles: readonly string[];
} {
  const { architecture, layer } = mapping;
  const troubles: string[] = [];
  const nodes = aligned(mapping, troubles);
  const slots = slotsOf(architecture, nodes, layer.einsum.tensors);
  const builder = new Builder(slots, troubles);
  for (const node of nodes) {
    if (node.kind === "keep") builder.keep(node.level, node.tensor);
    else if (ceilDiv(node.extent, node.by) > 1) builder.loop(node);
  }
  return { stages: builder.finish(), troubles };
}

/** Where a storage or a fan-out of ours goes, outermost first. */
type Slot =
  | { readonly kind: "storage"; readonly index: number; readonly tensor: number | null; readonly draft: Draft }
  | { readonly kind: "fanout"; readonly index: number; readonly x: number; readonly y: number; readonly name: string };

/** A level whose capacity is split per tensor becomes one storage a tensor, in the order in which they are kept. */
function slotsOf(
  architecture: Architecture,
  nodes: readonly ResolvedNode[],
  tensors: readonly Tensor[],
): readonly Slot[] {
  let [meshX, meshY] = [1, 1];
  return architecture.levels.flatMap((level, index): readonly Slot[] => {
    if (level.kind === "compute") return [];
    if (level.kind === "fanout") {
      meshX *= level.x;
      meshY *= level.y;
      return [{ kind: "fanout", index, x: level.x, y: level.y, name: level.name }];
    }
    const draft = (name: string, capacity: number | null): Draft => ({
      ...{
        name: plainName(name),
        level,
        capacity,
        meshX,
        meshY,
        keep: new Set<number>(),
        temporal: [],
        spatial: [],
        fanout: null,
      },
    });
    const { capacity } = level;
    if (capacity.kind === "shared") {
      const words = Number.isFinite(capacity.words) ? capacity.words : null;
      return [{ kind: "storage", index, tensor: null, draft: draft(level.name, words) }];
    }
    const kept = nodes.flatMap((node) => (node.kind === "keep" && node.level === index ? [node.tensor] : []));
    return kept.map((tensor): Slot => {
      const { name, alias } = tensors[tensor] ?? { name: "", alias: "" };
      const words = capacity.words.get(name) ?? capacity.words.get(alias) ?? 0;
      return { kind: "storage", index, tensor, draft: draft(`${level.name}_${name}`, words) };
    });
  });
}

/** Letters, digits and underscores: what Timeloop's paths of names can hold. */
export const plainName = (name: string): string => name.replaceAll(/\W/g, "_");

/** Walks the slots from the outside in while nodes ask for places. */
class Builder {
  private readonly stages: Draft[] = [];
  private next = 0;
  private mesh = { x: 1, y: 1 };
  private readonly slots: readonly Slot[];
  private readonly troubles: string[];

  constructor(slots: readonly Slot[], troubles: string[]) {
    this.slots = slots;
    this.troubles = troubles;
  }

  keep(level: number, tensor: number): void {
    const isHere = (slot: Slot): boolean =>
      slot.kind === "storage" && slot.index === level && (slot.tensor === null || slot.tensor === tensor);
    const at = this.slots.findIndex(isHere);
    const slot = this.slots[at];
    if (slot?.kind !== "storage") throw new Error(`no place for level ${level}`);
    this.advance(at);
    slot.draft.keep.add(tensor);
  }

  loop(loop: Loop): void {
    if (loop.kind === "for") {
      if (this.last().spatial.length > 0) this.only("loops");
      this.add(this.last().temporal, loop);
      return;
    }
    const at = this.slots.findIndex((slot) => slot.kind === "fanout" && slot.index === loop.fanout);
    this.advance(at);
    const last = this.last();
    const slot = this.slots[at];
    if (slot?.kind === "fanout" && last.meshX * last.meshY * slot.x * slot.y !== this.mesh.x * this.mesh.y) {
      this.troubles.push(`temporal loops stand between spatial loops of ${slot.name}; Timeloop has none there`);
      return;
    }
    last.fanout = loop.fanout;
    this.add(last.spatial, loop);
  }

  finish(): readonly Stage[] {
    this.advance(this.slots.length - 1);
    return this.stages;
  }

  private add(loops: Loop[], loop: Loop): void {
    if (loops.some((other) => other.variable === loop.variable))
      this.troubles.push(
        `${loop.kind === "for" ? "two temporal" : "two spatial"} loops over one variable stand at ${this.last().name}; Timeloop has one a storage`,
      );
    loops.push(loop);
  }

  private last(): Draft {
    return this.stages.at(-1) ?? this.only("top");
  }

  /** Passes all slots up to this one: storages come to stand, a fan-out below another needs a storage between. */
  private advance(to: number): void {
    for (; this.next <= to; this.next++) {
      const slot = this.slots[this.next];
      if (slot?.kind === "storage") this.stages.push(slot.draft);
      if (slot?.kind !== "fanout") continue;
      const below = this.stages.at(-1);
      if (below === undefined || below.meshX !== this.mesh.x || below.meshY !== this.mesh.y) this.only(slot.name);
      this.mesh = { x: this.mesh.x * slot.x, y: this.mesh.y * slot.y };
    }
  }

  /** A storage that holds nothing: loops or instances need one to stand at. */
  private only(purpose: string): Draft {
    const name = `only_${plainName(purpose)}`;
    const taken = this.stages.filter((stage) => stage.name.startsWith(name)).length;
    const stage: Draft = {
      name: taken === 0 ? name : `${name}_${taken + 1}`,
      ...{ level: null, capacity: 1, meshX: this.mesh.x, meshY: this.mesh.y },
      ...{ keep: new Set<number>(), temporal: [], spatial: [], fanout: null },
    };
    this.stages.push(stage);
    return stage;
  }
}

/**
 * Moves keep nodes of one shared level to one place, past loops that leave their tensors where they are: that changes no
 * count. Says where it cannot be done.
 */
function aligned({ nodes, architecture, layer }: LegalMapping, troubles: string[]): readonly ResolvedNode[] {
  let result = nodes;
  architecture.levels.forEach((level, index) => {
    if (level.kind !== "storage" || level.capacity.kind !== "shared") return;
    const places = result.flatMap((node, i) => (node.kind === "keep" && node.level === index ? [i] : []));
    const [first, last] = [places[0], places.at(-1)];
    if (first === undefined || last === undefined) return;
    if (!result.slice(first, last).some((node) => node.kind !== "keep")) return;
    const moved = places.map((place) => movedTo(result, index, place, layer.einsum.tensors)).find((m) => m !== null);
    if (moved === undefined || moved === null)
      troubles.push(`${level.name} keeps its tensors between different loops; Timeloop keeps them all at one place`);
    else result = moved;
  });
  return result;
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

/** Whether the tensor is shared below a stage: by all instances that could, by none, or by some (which Timeloop cannot say). */
export function sharingOf(stage: Stage, tensor: Tensor, architecture: Architecture): "all" | "none" | "some" {
  if (stage.fanout === null) return "all";
  const fanout = levelAt(architecture, stage.fanout);
  if (fanout.kind !== "fanout") throw new Error(`${fanout.name} is no fan-out`);
  const joins = tensor.role === "output" ? fanout.reduction : fanout.multicast;
  let instances = [{ offset: tensor.ranks.map(() => 0), x: 0, y: 0 }];
  for (const loop of stage.spatial) {
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
  if (groups === new Set(instances.map((i) => `${i.offset}`)).size) return "all";
  return groups === instances.length ? "none" : "some";
}
