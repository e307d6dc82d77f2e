import { product } from "../../base/index.js";
import { macsOf, outputOf } from "../counts.js";
import type { Layer, Workload } from "../einsum.js";
import { parametersOf } from "../parameters.js";
import { IN_PLACE, INPUT, type NetworkEntry, type Shape } from "./network.js";
import { type Field, fieldOver, grown, WHOLE } from "./receptive-field.js";

/** What a table of a network's layers says of one of them; counts are those of one run. */
export interface EntrySummary {
  readonly name: string;
  readonly kind: string;
  readonly from: readonly string[];
  readonly shape: Shape;
  /** `11x11 /4`: extent and stride of the window that slides over the input; empty where none does. */
  readonly window: string;
  readonly weights: number;
  readonly biases: number;
  /** Words that it gives and that stay until they are read; 0 where it changes words in place. */
  readonly activations: number;
  /** Multiply-accumulate operations of heavy layers. */
  readonly macs: number;
  /** Operations of light ones: comparisons, additions, activations. */
  readonly operations: number;
  /** Words of the network's input, by rows and columns, that a word of the output depends on; null: it has none. */
  readonly receptiveField: readonly [rows: number, columns: number] | null;
  /** The activation that it ends in; empty: none. */
  readonly ending: string;
}

/** All layers of a workload, those of a network's light steps included. */
export const allLayersOf = ({ layers, network }: Workload): readonly Layer[] =>
  network === undefined ? layers : network.entries.flatMap((entry) => entry.layers);

/** One line for the input, then one an entry of the network. */
export function entriesOf({ network }: Workload): readonly EntrySummary[] {
  if (network === undefined) return [];
  const fields = new Map<string, Field | null>([[INPUT, network.input.length === 4 ? WHOLE : null]]);
  const input: EntrySummary = {
    ...{ name: INPUT, kind: "", from: [], shape: network.input, window: "", ending: "" },
    ...{ weights: 0, biases: 0, activations: product(network.input), macs: 0, operations: 0, receptiveField: null },
  };
  return [
    input,
    ...network.entries.map((entry) => {
      const field = grown(
        entry,
        entry.from.map((name) => fields.get(name) ?? null),
      );
      fields.set(entry.name, field);
      return summaryOfEntry(entry, field, network.input);
    }),
  ];
}

function summaryOfEntry(entry: NetworkEntry, field: Field | null, input: Shape): EntrySummary {
  const { name, kind, from, shape, layers, isHeavy, activation } = entry;
  const sum = (figure: (layer: Layer) => number): number =>
    layers.reduce((n, layer) => n + layer.repeat * figure(layer), 0);
  const points = sum(({ einsum }) => macsOf(einsum));
  const ended = activation === null ? 0 : sum(({ einsum }) => product(outputOf(einsum).shape));
  return {
    ...{ name, kind, from, shape, ending: activation?.name ?? "" },
    window: windowText(entry),
    weights: layers.reduce((n, layer) => n + parametersOf(layer).weights, 0),
    biases: layers.reduce((n, layer) => n + parametersOf(layer).biases, entry.trained ?? 0),
    activations: IN_PLACE.has(kind) ? 0 : product(shape),
    macs: isHeavy ? points : 0,
    operations: (isHeavy ? 0 : points) + ended,
    receptiveField:
      field === null
        ? null
        : [Math.min(field.rows.extent, input[2] ?? 1), Math.min(field.columns.extent, input[3] ?? 1)],
  };
}

/** `11x11 /4`. */
function windowText(entry: NetworkEntry): string {
  const axes = [fieldOver(entry, "p"), fieldOver(entry, "q")].flatMap((axis) => axis ?? []);
  const [rows] = axes;
  if (rows === undefined) return "";
  const strides = new Set(axes.map(({ stride }) => stride));
  const stride = strides.size === 1 ? String(rows.stride) : axes.map((axis) => axis.stride).join("x");
  return `${axes.map(({ window }) => window).join("x")}${stride === "1" ? "" : ` /${stride}`}`;
}
