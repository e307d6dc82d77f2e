import { percent, short } from "../reports/index.js";
import { builtInWorkload, type Layer } from "../workloads/index.js";
import type { Section } from "./field/run.js";
import { architectureIn, builtIn, proofOf, run } from "./search.js";

const JOBS: readonly (readonly [architecture: string, workload: string, layer: string, objective: string])[] = [
  ["neutral-ws", "resnet18", "conv3_1", "energy"],
  ["neutral-ws", "vgg16", "conv5_1", "energy"],
  ["eyeriss", "alexnet", "conv3", "edp"],
  ["eyeriss", "resnet50", "conv2_1", "edp"],
  ["eyeriss", "vgg16", "conv3_1", "edp"],
  ["eyeriss", "vgg16", "conv5_1", "edp"],
  ["eyeriss-isca16", "alexnet", "conv3", "energy"],
  ["simba", "resnet50", "conv2_1", "edp"],
];

/** The best mapping of some layers with perfect tiles, and with all, each within the limit. */
export function imperfect(limit: number, tell: (line: string) => void): Section {
  const rows = JOBS.map(([name, workload, layerName, objective]) => {
    const architecture = name === "neutral-ws" ? architectureIn("field/neutral-ws.yaml") : builtIn(name);
    const layer = layerOf(workload, layerName);
    const job = { name: layerName, layer, architecture, dataflow: null, objective, conventions: "loopwright" } as const;
    const perfect = run(job, limit);
    const all = run({ ...job, imperfect: true }, limit);
    tell(`${name} ${workload} ${layerName} ${objective}: ${short(perfect.value)}, imperfect ${short(all.value)}`);
    const change = percent(Math.abs(1 - all.value / perfect.value));
    const beside = all.value === perfect.value ? "same" : `${change} ${all.value < perfect.value ? "below" : "above"}`;
    return [
      ...[name, `${workload} ${layerName}`, objective, short(perfect.value), proofOf(perfect)],
      ...[perfect.cpuSeconds.toFixed(1), short(all.value), beside, proofOf(all), all.cpuSeconds.toFixed(1)],
    ];
  });
  const heading = [
    "architecture",
    "layer",
    "objective",
    "perfect",
    "proof",
    "CPU s",
    "imperfect",
    "beside perfect",
    "proof",
  ];
  return { heading: [...heading, "CPU s"], rows };
}

function layerOf(workload: string, name: string): Layer {
  const layer = builtInWorkload(workload)?.layers.find((one) => one.name === name);
  if (layer === undefined) throw new Error(`${workload} has no layer ${name}`);
  return layer;
}
