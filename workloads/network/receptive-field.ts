import type { NetworkEntry } from "./network.js";

/** How far apart in the network's input neighbouring words look, and over how many of its words one of them looks. */
interface Along {
  readonly extent: number;
  readonly jump: number;
}
/** By rows and by columns. */
export interface Field {
  readonly rows: Along;
  readonly columns: Along;
}
/** Of the input itself. */
export const WHOLE: Field = { rows: { extent: 1, jump: 1 }, columns: { extent: 1, jump: 1 } };

/**
 * The receptive field of an entry from those of what it reads: a window of r words, D apart, that steps by U looks at
 * D·(r − 1) jumps more, and its own jumps are U times as long (Dumoulin and Visin, "A guide to convolution arithmetic", 2016).
 * Of several inputs the farthest look counts. Null where words are no image any more.
 */
export function grown(entry: NetworkEntry, fields: readonly (Field | null)[]): Field | null {
  const known = fields.flatMap((field) => field ?? []);
  if (entry.shape.length < 3 || known.length === 0 || known.length < fields.length) return null;
  const along = (axis: "rows" | "columns", variable: string): Along => {
    const before = known.map((field) => field[axis]);
    const extent = Math.max(...before.map((one) => one.extent));
    const jump = Math.max(...before.map((one) => one.jump));
    const slide = fieldOver(entry, variable);
    if (slide === null) return { extent, jump };
    return { extent: extent + slide.dilation * (slide.window - 1) * jump, jump: jump * slide.stride };
  };
  return { rows: along("rows", "p"), columns: along("columns", "q") };
}

/** How an entry's window slides along the axis whose output variable has this name; null where nothing slides. */
export function fieldOver(
  { layers }: NetworkEntry,
  variable: string,
): { readonly window: number; readonly stride: number; readonly dilation: number } | null {
  for (const { einsum } of layers) {
    const place = einsum.variables.indexOf(variable);
    for (const { terms } of einsum.tensors[0]?.ranks ?? []) {
      const step = terms.find((term) => term.variable === place);
      const tap = terms.find((term) => term.variable !== place);
      if (place >= 0 && step !== undefined && tap !== undefined)
        return { window: einsum.bounds[tap.variable] ?? 1, stride: step.coefficient, dilation: tap.coefficient };
    }
  }
  return null;
}
