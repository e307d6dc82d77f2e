import type { Architecture, FanoutLevel, Level, ReusePolicy, StorageLevel, TensorSet } from "../../arch-specs/index.js";
import { inArgument } from "../../base/index.js";
import { checkLegality, type LegalMapping, type MappingNode } from "../../mappings/index.js";
import type { Counts } from "../../sim/counts.js";
import { type Einsum, type EinsumSetting, type Layer, parseEinsum } from "../../workloads/index.js";

/** A storage level without limits. */
export function storage(name: string, reuse: ReusePolicy = "slide"): StorageLevel {
  return {
    kind: "storage",
    name,
    capacity: { kind: "shared", words: Number.POSITIVE_INFINITY },
    wordBits: 16,
    block: 1,
    reuse,
    keeps: new Set(),
    mayKeep: "all",
    bandwidth: {
      read: Number.POSITIVE_INFINITY,
      write: Number.POSITIVE_INFINITY,
      shared: Number.POSITIVE_INFINITY,
    },
    energy: { read: 1, write: 1, update: 1, leak: 0 },
    buffering: "single",
    area: 0,
  };
}

interface Sharing {
  readonly multicast?: { readonly x: TensorSet; readonly y: TensorSet };
  readonly reduction?: { readonly x: TensorSet; readonly y: TensorSet };
}

export function fanout(name: string, x: number, y: number, sharing: Sharing = {}): FanoutLevel {
  const everywhere = { x: "all", y: "all" } as const;
  return {
    kind: "fanout",
    name,
    x,
    y,
    multicast: sharing.multicast ?? everywhere,
    reduction: sharing.reduction ?? everywhere,
    links: { x: new Set(), y: new Set() },
    hopEnergy: 1,
    leak: 0.25,
    area: 0,
  };
}

/** The levels, ending in a compute level called MAC. */
export function architecture(...levels: readonly Level[]): Architecture {
  const mac: Level = { kind: "compute", name: "MAC", operationsPerCycle: 1, energy: 1, leak: 0, latency: 1, area: 0 };
  return { name: "test", source: "test", clockHz: 1e9, levels: [...levels, mac] };
}

/** A layer from an Einsum's text; `bounds` also names the constants. */
export function layer(text: string, bounds: Record<string, number>, setting: Partial<EinsumSetting> = {}): Layer {
  const parsed = parseEinsum(text, { bounds: new Map(Object.entries(bounds)), ...setting }, inArgument("test"));
  if (!parsed.ok) throw new Error(JSON.stringify(parsed.errors));
  return layerOf(parsed.value);
}

export const layerOf = (einsum: Einsum): Layer => ({ name: "test", einsum, kind: "einsum", repeat: 1 });

/**
 * A mapping in one line, outermost first: `GLB:I,O` keeps, `q/2` is a temporal loop by 2, `q/2@x` a spatial one
 * (`q/2@x:PEs` names its fan-out).
 */
export function legal(on: Layer, architecture: Architecture, text: string): LegalMapping {
  const checked = checkLegality({ nodes: nodesOf(text) }, on, architecture);
  if (!checked.ok) throw new Error(`${text}\n${JSON.stringify(checked.errors, null, 1)}`);
  return checked.value;
}

function nodesOf(text: string): readonly MappingNode[] {
  return text
    .trim()
    .split(/\s+/)
    .map((token): MappingNode => {
      const loop = /^(\w+)\/(\d+)(?:@([xy])(?::(\w+))?)?$/.exec(token);
      if (loop === null) {
        const [level = "", tensors = ""] = token.split(":");
        return { kind: "keep", tensors: tensors.split(","), level };
      }
      const [, variable = "", by = "", axis, fanout] = loop;
      if (axis === undefined) return { kind: "for", variable, by: Number(by) };
      return { kind: "spatial", variable, by: Number(by), axis: axis === "x" ? "x" : "y", fanout: fanout ?? null };
    });
}

/** Totals over all instances, `fills reads updates drains` by level and tensor name. */
export function totals(mapping: LegalMapping, counts: Counts): Record<string, Record<string, string>> {
  const { tensors } = mapping.layer.einsum;
  const byLevel: Record<string, Record<string, string>> = {};
  for (const { level, tiles, classes } of counts.levels) {
    const byTensor: Record<string, string> = {};
    for (const { tensor } of tiles) {
      const sums = [0, 0, 0, 0];
      for (const { instances, tensors: accesses } of classes)
        for (const a of accesses)
          if (a.tensor === tensor)
            [a.fills, a.reads, a.updates, a.drains].forEach((n, i) => {
              sums[i] = (sums[i] ?? 0) + n * instances;
            });
      byTensor[tensors[tensor]?.name ?? ""] = sums.join(" ");
    }
    byLevel[mapping.architecture.levels[level]?.name ?? ""] = byTensor;
  }
  return byLevel;
}
