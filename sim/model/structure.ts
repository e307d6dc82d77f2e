import type { Architecture } from "../../arch-specs/index.js";
import type { LegalMapping } from "../../mappings/index.js";
import type { Layer } from "../../workloads/index.js";

/** A mapping without its tile sizes: which loops stand where, which tensors live where. */
export interface Structure {
  readonly layer: Layer;
  readonly architecture: Architecture;
  /** Outermost first. */
  readonly nodes: readonly StructureNode[];
}
export type StructureNode = { readonly kind: "keep"; readonly tensor: number; readonly level: number } | StructureLoop;
export type StructureLoop =
  | { readonly kind: "for"; readonly variable: number }
  | {
      readonly kind: "spatial";
      readonly variable: number;
      readonly axis: "x" | "y";
      /** Index into `architecture.levels`. */
      readonly fanout: number;
    };

/** The loops of a structure, outermost first; factors are given and taken in this order. */
export const loopsIn = (structure: Structure): readonly StructureLoop[] =>
  structure.nodes.filter((node) => node.kind !== "keep");

/** A mapping taken apart: its structure, and the iterations of every loop, outermost first. */
export function structureOf(mapping: LegalMapping): {
  readonly structure: Structure;
  readonly factors: readonly number[];
} {
  const { layer, architecture } = mapping;
  const factors: number[] = [];
  const nodes = mapping.nodes.map((node): StructureNode => {
    if (node.kind === "keep") return node;
    const { variable } = node;
    factors.push(Math.ceil(node.extent / node.by));
    if (node.kind === "for") return { kind: "for", variable };
    return { kind: "spatial", variable, axis: node.axis, fanout: node.fanout };
  });
  return { structure: { layer, architecture, nodes }, factors };
}
