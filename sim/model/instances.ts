import { product } from "../../base/index.js";
import type { Nest } from "./nest.js";
import type { RowClasses } from "./rows.js";
import { combinations } from "./siblings.js";
import { reducedOf } from "./starts.js";

/** Per variable, its rows under the fan-outs outside a level. */
export function rowsAtLevel(nest: Nest, level: number): readonly RowClasses[] {
  const depth = nest.loops.findLastIndex((loop) => loop.kind === "spatial" && loop.fanout < level) + 1;
  // Where reductions start from a tensor, only the first row of a reduced variable asks for it.
  const told = nest.einsum.operation.start === "identity" ? [] : reducedOf(nest);
  return nest.einsum.variables.map((_, v) => nest.ranges.rowsAt(v, depth, isClipped(nest, v) || told.includes(v)));
}

/** Whether the variable moves a tile along an axis beyond whose edges words are free. */
const isClipped = (nest: Nest, variable: number): boolean =>
  nest.chains.some((links) =>
    links.some(({ projection: { clipped, coefficients } }) =>
      clipped.some((isClippedAxis, axis) => isClippedAxis && coefficients[variable]?.[axis] !== 0),
    ),
  );

/** One instance of each kind, by its rows, and how many of the kind there are. */
export const instancesOf = (
  rows: readonly RowClasses[],
): readonly { readonly rows: readonly number[]; readonly instances: number }[] =>
  combinations(rows.map(({ classes }) => classes)).map((choice) => ({
    rows: choice.map(({ row }) => row),
    instances: product(choice.map((kind) => kind.rows)),
  }));
