import { front } from "../mapper/index.js";
import { percent } from "../reports/index.js";
import { evaluateUnder } from "../sim/conventions/index.js";
import { builtInWorkload, type Layer, parseInlineLayer } from "../workloads/index.js";
import type { Section } from "./field/run.js";
import { architectureIn, builtIn, cpuSeconds, run, unwrapped } from "./search.js";

const JOBS: readonly (readonly [architecture: string, workload: string, layer: string])[] = [
  ["neutral-ws", "vgg16", "conv3_1"],
  ["eyeriss", "alexnet", "conv3"],
  ["eyeriss", "resnet50", "conv2_1"],
  ["eyeriss", "resnet50", "conv2_2"],
  ["eyeriss", "vgg16", "conv3_1"],
  ["eyeriss", "vgg16", "conv5_1"],
  ["eyeriss", "gemm:M=512,N=512,K=512", "gemm"],
];

/** Near enough for a first look. */
const NEAR = 0.05;

/** The fronts of energy and cycles of some layers, beside the search for the least energy alone, each within the limit. */
export function fronts(limit: number, tell: (line: string) => void): Section {
  const rows = JOBS.map(([name, workload, layerName]) => {
    const architecture = name === "neutral-ws" ? architectureIn("field/neutral-ws.yaml") : builtIn(name);
    const layer = layerOf(workload, layerName);
    const one = { name: layerName, layer, architecture, dataflow: null, objective: "energy" } as const;
    const alone = run({ ...one, conventions: "loopwright" }, limit);
    const began = cpuSeconds();
    let near: number | null = null;
    const found = front(layer, architecture, {
      ...{ dataflow: null, gap: 0, cancelled: () => cpuSeconds() - began > limit },
      costOf: (mapping) => evaluateUnder(mapping, "loopwright", { linkTransfers: false }),
      progress: ({ within }) => {
        if (within <= NEAR * (1 + 1e-9)) near ??= cpuSeconds() - began;
      },
    });
    const whole = cpuSeconds() - began;
    const proof = found.status === "gap" ? `within ${percent(found.within)}` : found.status;
    const soon = near ?? (found.within <= NEAR ? whole : null);
    tell(`${name} ${workload} ${layerName}: ${found.points.length} points, ${proof}`);
    return [
      ...[name, workload.includes(":") ? workload : `${workload} ${layerName}`, `${found.points.length}`, proof],
      ...[soon === null ? "" : soon.toFixed(1), whole.toFixed(1), alone.cpuSeconds.toFixed(1)],
    ];
  });
  const heading = ["architecture", "layer", "points", "proof", "CPU s to 5 %", "CPU s in all", "energy alone, CPU s"];
  return { heading, rows };
}

function layerOf(workload: string, name: string): Layer {
  const { layers } = builtInWorkload(workload) ?? unwrapped(parseInlineLayer(workload));
  const layer = layers.find((one) => one.name === name);
  if (layer === undefined) throw new Error(`${workload} has no layer ${name}`);
  return layer;
}
