import { type StorageLevel, shareOf } from "../../arch-specs/index.js";
import { ceilDiv } from "../../base/index.js";
import type { Tensor } from "../../workloads/index.js";
import type { LegalMapping, ResolvedNode } from "../mapping.js";
import { occupiedWords } from "../occupancy.js";
import { type Shaped, shaped } from "./export-shape.js";

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
  const troubles: string[] = [];
  const shape = shaped(mapping, troubles);
  const builder = new Builder(slotsOf(mapping, shape), troubles);
  for (const node of shape.nodes) {
    if (node.kind === "keep") builder.keep(node.level, node.tensor);
    else if (ceilDiv(node.extent, node.by) > 1) builder.loop(node);
  }
  return { stages: builder.finish(), troubles };
}

/** Where a storage or a fan-out of ours goes, outermost first. */
type Slot =
  | { readonly kind: "storage"; readonly index: number; readonly tensor: number | null; readonly draft: Draft }
  | {
      readonly kind: "fanout";
      readonly index: number;
      /** The axis that is meant, where the two are taken apart. */
      readonly axis: "x" | "y" | null;
      readonly x: number;
      readonly y: number;
      readonly name: string;
    };

/** A level that is taken apart becomes one storage a tensor, in the order in which they are kept. */
function slotsOf({ architecture, layer }: LegalMapping, { nodes, splitLevels, splitFanouts }: Shaped): readonly Slot[] {
  let [meshX, meshY] = [1, 1];
  const occupied = occupiedWords(nodes, layer.einsum, "loopwright");
  return architecture.levels.flatMap((level, index): readonly Slot[] => {
    if (level.kind === "compute") return [];
    if (level.kind === "fanout") {
      const { x, y, name } = level;
      meshX *= x;
      meshY *= y;
      const outer = splitFanouts.get(index);
      if (outer === undefined) return [{ kind: "fanout", index, axis: null, x, y, name }];
      const columns: Slot = { kind: "fanout", index, axis: "x", x, y: 1, name: `${name}_x` };
      const rows: Slot = { kind: "fanout", index, axis: "y", x: 1, y, name: `${name}_y` };
      return outer === "x" ? [columns, rows] : [rows, columns];
    }
    const draft = (name: string, capacity: number | null, share: StorageLevel): Draft => ({
      ...{ name: plainName(name), level: share, capacity, meshX, meshY },
      ...{ keep: new Set<number>(), temporal: [], spatial: [], fanout: null },
    });
    if (!splitLevels.has(index) && level.capacity.kind === "shared") {
      const { words } = level.capacity;
      return [
        {
          kind: "storage",
          index,
          tensor: null,
          draft: draft(level.name, Number.isFinite(words) ? words : null, level),
        },
      ];
    }
    const own = occupied.filter((node) => node.level === index);
    return own.map(({ tensor, words }, i): Slot => {
      const found = layer.einsum.tensors[tensor];
      const name = `${level.name}_${found?.name ?? ""}`;
      // The whole leaks once.
      const share = i === 0 ? level : { ...level, energy: { ...level.energy, leak: 0 } };
      return { kind: "storage", index, tensor, draft: draft(name, shareOfCapacity(level, found, words), share) };
    });
  });
}

/** Of a capacity per tensor, the tensor's; of a shared one, what its tile takes. */
function shareOfCapacity(
  { capacity, buffering }: StorageLevel,
  tensor: Tensor | undefined,
  words: number,
): number | null {
  if (capacity.kind === "per-tensor") return tensor === undefined ? 0 : shareOf(capacity.words, tensor);
  if (!Number.isFinite(capacity.words)) return null;
  return buffering === "double" ? 2 * words : words;
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
      const { spatial, temporal } = this.last();
      const isTwice = temporal.some((other) => other.variable === loop.variable);
      if (spatial.length > 0 || isTwice) this.only("loops");
      this.last().temporal.push(loop);
      return;
    }
    const at = this.slots.findIndex(
      (slot) => slot.kind === "fanout" && slot.index === loop.fanout && (slot.axis === null || slot.axis === loop.axis),
    );
    this.advance(at);
    this.last().fanout = loop.fanout;
    this.spread(this.last().spatial, loop);
  }

  finish(): readonly Stage[] {
    this.advance(this.slots.length - 1);
    return this.stages;
  }

  /** Two loops over one variable along one axis are one loop, if the inner tiles what the outer leaves. */
  private spread(loops: Loop[], loop: Loop): void {
    const at = loops.findIndex((other) => other.variable === loop.variable);
    const outer = loops[at];
    if (outer === undefined) loops.push(loop);
    else if (outer.by === loop.extent && outer.extent % outer.by === 0 && outer.by % loop.by === 0)
      loops[at] = { ...outer, by: loop.by };
    else
      this.troubles.push(
        `${this.last().name} spreads a variable twice, with other loops between; Timeloop has one spatial loop a variable`,
      );
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
