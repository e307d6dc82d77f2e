// How long the mapper takes to its answer and to its proof, beside what others take for the same kind of job.
import { builtInArchitecture } from "../arch-specs/index.js";
import { parseObjective, search } from "../mapper/index.js";
import { predict } from "../sim/model/index.js";
import { price } from "../sim/pricing/index.js";
import { builtInWorkload } from "../workloads/index.js";

/** Seconds a layer; a proof that takes longer is reported as a gap. */
const LIMIT = Number(process.argv[2] ?? 20);

const JOBS: readonly (readonly [architecture: string, workload: string, layer: string, objective: string])[] = [
  ["eyeriss", "resnet50", "conv2_1", "edp"],
  ["eyeriss", "vgg16", "conv3_1", "energy"],
  ["eyeriss", "vgg16", "conv3_1", "edp"],
  ["eyeriss", "vgg16", "fc6", "edp"],
  ["systolic-ws", "resnet50", "conv2_1", "edp"],
];

console.log(
  "AccelForge takes over 500 s for a 1x1 convolution on its Eyeriss file and 80 to 116 s for a 3x3 on a small array;",
);
console.log("timeloop-mapper gives no proof and still improves after 105 CPU-seconds on VGG-16 conv3_1.");
for (const [architectureName, workload, layerName, objectiveName] of JOBS) {
  const architecture = builtInArchitecture(architectureName);
  const layer = builtInWorkload(workload)?.layers.find(({ name }) => name === layerName);
  const objective = parseObjective(objectiveName);
  if (!architecture?.ok || layer === undefined || objective === null) throw new Error(`no such job: ${layerName}`);
  const began = performance.now();
  const seconds = (): number => (performance.now() - began) / 1000;
  const { status, gap, cost, evaluated } = search(layer, architecture.value, {
    objective,
    dataflow: null,
    costOf: (mapping) => price(predict(mapping), mapping),
    gap: 0,
    cancelled: () => seconds() > LIMIT,
    progress: () => undefined,
  });
  const answer = status === "optimal" ? "proven optimal" : `within ${(100 * gap).toFixed(1)} %`;
  const title = `${architectureName} ${workload} ${layerName} ${objectiveName}`;
  console.log(
    `${title.padEnd(38)} ${seconds().toFixed(2)} s  ${answer}  ${cost?.value.toExponential(4)}  ${evaluated} nodes`,
  );
}
