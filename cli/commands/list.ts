import { type Architecture, architectureNames, builtInArchitecture } from "../../arch-specs/index.js";
import { didYouMean, failed, inArgument, ok, type Result } from "../../base/index.js";
import { exact, numberColumn, type Sheet, sheetText, textColumn } from "../../reports/index.js";
import {
  allLayersOf,
  builtInWorkload,
  type Layer,
  macsOf,
  parametersOf,
  selectNames,
  workloadNames,
} from "../../workloads/index.js";
import { type Command, command } from "../command.js";
import { all, loadWorkload, pickLayers } from "../inputs.js";
import { misuse } from "../job.js";
import { networkSheet } from "../network-sheet.js";
import { flag } from "../option.js";
import * as shared from "../shared-options.js";

const WHAT = ["archs", "workloads", "layers"];

/** `list`: what is built in, and the layers of a workload. */
export const list: Command = command({
  name: "list",
  summary: "Shows the built-in architectures and workloads, or the layers of a workload.",
  operands: ["archs|workloads|layers", "[WORKLOAD]"],
  options: {
    layer: shared.layer,
    heavy: flag("of a network only the layers that multiply, with their bounds"),
    ...shared.common,
  },
  examples: [
    ["loopwright list archs", "the built-in architectures and where their figures come from"],
    ["loopwright list layers vgg16", "shapes, parameters, activations, operations, receptive fields, layer by layer"],
    ["loopwright list layers vgg16 --heavy", "the layers that are mapped, with their bounds"],
    ["loopwright list layers resnet18 --layer 'conv2_*' --format json", "some layers, for programs"],
  ],
  run: async ({ operands: [what = "", workload], values, terminal }) => {
    const sheet = sheetOf(what, workload, values.layer, values.heavy);
    if (!sheet.ok) return sheet;
    terminal.out(sheetText(sheet.value, values.format, terminal.paint));
    return ok(0);
  },
});

function sheetOf(what: string, workload: string | undefined, layers: readonly string[], heavy: boolean): Result<Sheet> {
  if (what !== "layers" && workload !== undefined)
    return misuse("surplus", `${JSON.stringify(workload)} is one word too many`, "only `list layers` takes a workload");
  switch (what) {
    case "archs":
      return architectures();
    case "workloads":
      return ok(workloads());
    case "layers":
      if (workload === undefined)
        return misuse("missing", "`list layers` needs a workload", "loopwright list layers vgg16");
      return layersOf(workload, layers, heavy);
    default: {
      const at = inArgument("command line", what);
      const message = `there is no list of ${JSON.stringify(what)}`;
      return failed([{ code: "usage/unknown-list", message, at, hint: didYouMean(what, WHAT) }]);
    }
  }
}

function architectures(): Result<Sheet> {
  const read = all(architectureNames.flatMap((name) => builtInArchitecture(name) ?? []));
  if (!read.ok) return read;
  return ok({
    columns: [textColumn("name"), textColumn("levels"), textColumn("source")],
    rows: read.value.map((architecture, i) => ({
      name: architectureNames[i] ?? "",
      levels: levelsText(architecture),
      source: architecture.source,
    })),
  });
}

/** `DRAM → GLB → 12×14 → PE → MAC`. */
function levelsText({ levels }: Architecture): string {
  return levels.map((level) => (level.kind === "fanout" ? `${level.x}×${level.y}` : level.name)).join(" → ");
}

function workloads(): Sheet {
  return {
    columns: [
      textColumn("name"),
      numberColumn("layers", "layers", exact),
      numberColumn("macs", "MACs", exact),
      numberColumn("parameters", "parameters", exact),
      textColumn("source"),
    ],
    rows: workloadNames.map((name) => {
      const workload = builtInWorkload(name);
      const layers = workload?.layers ?? [];
      const trained = workload === undefined ? [] : allLayersOf(workload);
      return {
        name,
        layers: sum(layers, () => 1),
        macs: sum(layers, (layer) => macsOf(layer.einsum)),
        parameters: sum(trained, (layer) => parametersOf(layer).weights + parametersOf(layer).biases),
        source: workload?.source ?? "",
      };
    }),
  };
}

function layersOf(operand: string, patterns: readonly string[], heavy: boolean): Result<Sheet> {
  const workload = loadWorkload(operand);
  if (!workload.ok) return workload;
  const { network } = workload.value;
  if (network !== undefined && !heavy) {
    if (patterns.length === 0) return ok(networkSheet(workload.value, null));
    const names = network.entries.map(({ name }) => name);
    const chosen = selectNames(names, patterns, workload.value.name);
    return chosen.ok ? ok(networkSheet(workload.value, chosen.value)) : chosen;
  }
  const picked = pickLayers(workload.value, patterns, null);
  if (!picked.ok) return picked;
  const layers = picked.value;
  return ok({
    columns: [
      textColumn("name", "layer"),
      textColumn("kind"),
      textColumn("bounds"),
      numberColumn("repeat", "runs", exact),
      numberColumn("macs", "MACs", exact),
      numberColumn("weights", "weights", exact),
      numberColumn("biases", "biases", exact),
    ],
    rows: layers.map((layer) => ({
      name: layer.name,
      kind: layer.kind,
      bounds: boundsText(layer),
      repeat: layer.repeat,
      macs: macsOf(layer.einsum),
      ...parametersOf(layer),
    })),
    totals: {
      name: "total",
      kind: "",
      bounds: "",
      repeat: sum(layers, () => 1),
      macs: sum(layers, (layer) => macsOf(layer.einsum)),
      weights: sum(layers, (layer) => parametersOf(layer).weights),
      biases: sum(layers, (layer) => parametersOf(layer).biases),
    },
  });
}

/** `N=1 M=64 C=3 P=224 Q=224 R=3 S=3`. */
function boundsText({ einsum }: Layer): string {
  return einsum.variables.map((name, i) => `${name.toUpperCase()}=${einsum.bounds[i]}`).join(" ");
}

/** Over layers, each as often as the workload runs it. */
const sum = (layers: readonly Layer[], figure: (layer: Layer) => number): number =>
  layers.reduce((total, layer) => total + layer.repeat * figure(layer), 0);
