import { builtInArchitecture } from "../../arch-specs/index.js";
import { seeded } from "../../base/index.js";
import { parseObjective, search, valueUnder } from "../../mapper/index.js";
import { type LegalMapping, printMapping, toMapping } from "../../mappings/index.js";
import { builtInWorkload } from "../../workloads/index.js";
import { descend } from "./descents.js";
import { costOf } from "./problems.js";

const CHIPS = ["eyeriss", "shidiannao", "nvdla", "tpu-v1", "simba", "eyeriss-isca16"];
const LAYERS = [
  ["resnet18", "conv1"],
  ["resnet18", "conv2_1"],
  ["resnet18", "conv3_1"],
  ["resnet18", "conv3_shortcut"],
  ["resnet18", "conv4_3"],
  ["resnet18", "conv5_2"],
  ["resnet18", "fc"],
  ["resnet50", "conv2_1"],
  ["resnet50", "conv3_2"],
  ["resnet50", "conv4_2"],
  ["resnet50", "conv5_3"],
  ["vgg16", "conv3_1"],
  ["vgg16", "conv4_2"],
  ["vgg16", "conv5_1"],
  ["alexnet", "conv1"],
  ["alexnet", "conv2"],
  ["alexnet", "conv3"],
  ["alexnet", "conv5"],
  ["mobilenet-v2", "block2_depthwise"],
  ["mobilenet-v2", "block4_depthwise"],
  ["mobilenet-v2", "block4_expand"],
  ["lenet5", "c1"],
  ["lenet5", "c3"],
] as const;

/** How long the search and then the descents may go on: asked by both, true ends them. */
export interface Patience {
  readonly searched: () => boolean;
  readonly descended: () => boolean;
}

export interface DescentVerdict {
  /** How near the descents came to what is proven. */
  readonly told: string;
  /** A mapping below what is proven; null for none. */
  readonly failure: string | null;
}

/** Trees of a first descent; the next ones are longer and longer. */
const STEPS = 3000;
const MOST_STEPS = 60_000;

/** Certifies a real layer, and tries to come below that from random loop trees and, every fourth time, from the answer. */
export function descentVerdict(seed: number, patience: Patience): DescentVerdict | null {
  const random = seeded(seed);
  const [chip, [net, name], objectiveName] = [
    random.pick(CHIPS),
    random.pick(LAYERS),
    random.pick(["energy", "edp", "delay"]),
  ];
  const [architecture, workload] = [builtInArchitecture(chip, new Map()), builtInWorkload(net)];
  const [layer, objective] = [workload?.layers.find((one) => one.name === name), parseObjective(objectiveName)];
  if (architecture?.ok !== true || layer === undefined || objective === null) return null;
  const worthOf = (mapping: LegalMapping): number => {
    const { energy, cycles } = costOf(mapping);
    return valueUnder(objective, energy, cycles);
  };
  const found = search(layer, architecture.value, {
    ...{ objective, dataflow: null, costOf, gap: 0, cancelled: patience.searched },
    progress: () => undefined,
  });
  const title = `${chip}, ${net} ${name}, ${objectiveName}`;
  let [least, steps] = [Number.POSITIVE_INFINITY, STEPS];
  for (let round = 1; !patience.descended(); round++) {
    const from = round % 4 === 0 ? found.mapping : null;
    const landed = descend(layer, architecture.value, worthOf, seeded(1000 * seed + round), steps, from);
    if (landed === null) continue;
    least = Math.min(least, landed.value);
    if (landed.value < found.lowerBound * (1 - 1e-9)) {
      const text = printMapping(toMapping(landed.mapping));
      return { told: title, failure: `${title}: ${landed.value} is below ${found.lowerBound}\n${text}` };
    }
    steps = Math.min(MOST_STEPS, Math.ceil(steps * 1.3));
  }
  const near = `${found.status}, descents came to ${(least / found.lowerBound).toFixed(4)} of what is proven`;
  return { told: `${title}: ${near}`, failure: null };
}
