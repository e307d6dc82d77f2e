import type { Architecture } from "../../arch-specs/index.js";
import { everyLegalMapping } from "../../mappings/index.js";
import { type Layer, parseInlineLayer } from "../../workloads/index.js";
import { architecture, fanout, optional, storage } from "../mappings/fixtures.js";
import { expectAgreement, expectedOf } from "./agree.js";

const unlimited = Number.POSITIVE_INFINITY;
const apart = { x: new Set<string>(), y: new Set<string>() };

export type SmallName =
  | "two levels"
  | "two levels of four words"
  | "buffers side by side"
  | "buffers side by side, nothing shared"
  | "units side by side"
  | "three levels";

/** Architectures small enough that all their mappings can be run. */
export const small: Readonly<Record<SmallName, Architecture>> = {
  "two levels": architecture(storage("A"), storage("B", unlimited, { ...optional, reuse: "overlap" })),
  "two levels of four words": architecture(storage("A"), storage("B", 4, optional)),
  "buffers side by side": architecture(storage("A"), fanout("F", 2, 1), storage("B", unlimited, optional)),
  "buffers side by side, nothing shared": architecture(
    storage("A"),
    fanout("F", 2, 2, { multicast: apart, reduction: apart }),
    storage("B", unlimited, { ...optional, reuse: "none" }),
  ),
  "units side by side": architecture(storage("A"), storage("B", unlimited, optional), fanout("F", 2, 2)),
  "three levels": architecture(
    storage("A"),
    storage("B", unlimited, optional),
    fanout("F", 2, 1),
    storage("C", unlimited, optional),
  ),
};

export function layerOf(text: string): Layer {
  const parsed = parseInlineLayer(text);
  if (!parsed.ok) throw new Error(parsed.errors.map((error) => error.message).join("; "));
  const [layer] = parsed.value.layers;
  if (layer === undefined) throw new Error("an inline layer is one layer");
  return layer;
}

/** Holds the witnesses together on every mapping of a space, and tells how many there were. */
export function checkEvery(text: string, on: Architecture, imperfect: boolean): number {
  const layer = layerOf(text);
  const expected = expectedOf(layer.einsum);
  let mappings = 0;
  for (const mapping of everyLegalMapping(layer, on, { imperfect }))
    expectAgreement(mapping, expected, `mapping ${mappings++}`);
  return mappings;
}
