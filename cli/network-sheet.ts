import { exact, numberColumn, type Sheet, type SheetRow, textColumn } from "../reports/index.js";
import { type EntrySummary, entriesOf, type Workload } from "../workloads/index.js";

/** Bytes of a word of 32 bits. */
const BYTES = 4;

/** The table of a whole network, an entry a row; `chosen` picks rows by name, null takes all, the input too. */
export function networkSheet(workload: Workload, chosen: ReadonlySet<string> | null): Sheet {
  const entries = entriesOf(workload).filter(({ name }) => chosen === null || chosen.has(name));
  const total = (figure: (entry: EntrySummary) => number): number => entries.reduce((n, entry) => n + figure(entry), 0);
  const something = (n: number): string => (n === 0 ? "" : exact(n));
  return {
    columns: [
      textColumn("name", "layer"),
      textColumn("kind"),
      textColumn("window"),
      textColumn("output"),
      numberColumn("weights", "weights", something),
      numberColumn("parameters", "with biases", something),
      numberColumn("activations", "activations", something),
      numberColumn("activationBytes", "in bytes", something),
      numberColumn("macs", "MACs", something),
      numberColumn("operations", "operations", something),
      textColumn("receptiveField", "receptive field"),
      textColumn("ending", "then"),
    ],
    rows: entries.map(rowOf),
    totals: {
      ...{ name: "total", kind: "", window: "", output: "", receptiveField: "", ending: "" },
      weights: total(({ weights }) => weights),
      parameters: total(({ weights, biases }) => weights + biases),
      activations: total(({ activations }) => activations),
      activationBytes: BYTES * total(({ activations }) => activations),
      macs: total(({ macs }) => macs),
      operations: total(({ operations }) => operations),
    },
  };
}

function rowOf(entry: EntrySummary): SheetRow {
  const { name, kind, from, shape, window, weights, biases, activations, macs, operations, receptiveField, ending } =
    entry;
  return {
    ...{ name, kind, from: from.join(" "), window, output: shape.join("x"), weights, biases },
    ...{ parameters: weights + biases, activations, activationBytes: BYTES * activations, macs, operations },
    receptiveField: receptiveField === null ? "" : receptiveField.join("x"),
    ending,
  };
}
