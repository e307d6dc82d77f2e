import { product } from "../base/index.js";
import type { Architecture } from "./architecture.js";

/** How many instances of a level exist: the product of the fan-outs above it. */
export function instancesOf(architecture: Architecture, levelIndex: number): number {
  const above = architecture.levels.slice(0, levelIndex);
  return product(above.map((level) => (level.kind === "fanout" ? level.x * level.y : 1)));
}
