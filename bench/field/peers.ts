// What others reach on the same inputs, as recorded from their tools.

/** A layer on neutral-ws: N = 1, no padding. Energies in MACs. */
export interface NeutralCase {
  readonly name: string;
  readonly layer: string;
  readonly objective: "energy" | "edp";
  /** AccelForge 1.0.467 (Turbo-Charged Mapper), which calls its answers optimal. */
  readonly accelforge: number;
  /** The least energy of every mapping with c on y and m on x, perfect factors and uneven keeps, by brute force under its conventions; null: not made. */
  readonly exhaustive: number | null;
}

export const NEUTRAL: readonly NeutralCase[] = [
  {
    ...{ name: "ResNet-18 conv3_x", layer: "conv:N=1,M=128,C=128,P=28,Q=28,R=3,S=3", objective: "energy" },
    ...{ accelforge: 434_707_456, exhaustive: 434_707_456 },
  },
  {
    ...{ name: "ResNet-50 1×1, 64 to 256", layer: "conv:N=1,M=256,C=64,P=56,Q=56,R=1,S=1", objective: "energy" },
    ...{ accelforge: 366_305_280, exhaustive: 366_305_280 },
  },
  {
    ...{ name: "VGG-16 conv3_1", layer: "conv:N=1,M=256,C=128,P=56,Q=56,R=3,S=3", objective: "energy" },
    ...{ accelforge: 3_495_161_856, exhaustive: 3_379_570_688 },
  },
  {
    ...{ name: "VGG-16 conv5_1", layer: "conv:N=1,M=512,C=512,P=14,Q=14,R=3,S=3", objective: "energy" },
    ...{ accelforge: 2_007_703_552, exhaustive: 1_966_358_528 },
  },
  {
    ...{ name: "ResNet-18 conv3_x", layer: "conv:N=1,M=128,C=128,P=28,Q=28,R=3,S=3", objective: "edp" },
    ...{ accelforge: 196_306_931_810_304, exhaustive: null },
  },
];

/** nn_dataflow 2.1 (commit 198a527), `alex_net_b16_isca16`: AlexNet, batch 16, with buffer bypass; energies in MACs. */
export const NN_DATAFLOW: ReadonlyMap<string, number> = new Map([
  ["conv1", 10_600_233_216],
  ["pool1", 1_213_943_808],
  ["conv2", 19_984_158_720],
  ["pool2", 773_341_184],
  ["conv3", 13_987_209_216],
  ["conv4", 10_532_978_688],
  ["conv5", 6_835_736_576],
  ["pool3", 176_046_080],
  ["fc1", 10_942_152_704],
  ["fc2", 4_825_415_680],
  ["fc3", 1_188_220_416],
]);

/** Folders of bench/field/timeloop: timeloop-mapper (random_pruned, 2 threads, EDP) at commit 4cf6d4c. */
export const TIMELOOP: readonly { readonly name: string; readonly folder: string }[] = [
  { name: "VGG-16 conv3_1, 600 CPU-seconds", folder: "vgg16-conv3_1" },
  { name: "ResNet-18 conv2_x, 240 CPU-seconds", folder: "resnet18-conv2_x" },
];
