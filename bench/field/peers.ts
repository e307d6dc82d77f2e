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

/** What nn_dataflow reports of a layer: energy in MACs, words for the whole batch, cycles. */
export interface Reported {
  readonly energy: number;
  readonly dram: number;
  /** The global buffer. */
  readonly buffer: number;
  /** Words over the array, once for each element. */
  readonly network: number;
  readonly cycles: number;
}

/** nn_dataflow 2.1 (commit 198a527), `alex_net_b16_isca16`: AlexNet, batch 16, with buffer bypass. */
export const NN_DATAFLOW: ReadonlyMap<string, Reported> = new Map(
  Object.entries({
    conv1: { energy: 10_600_233_216, dram: 10_085_664, buffer: 557_568, network: 73_269_504, cycles: 11_151_360 },
    pool1: { energy: 1_213_943_808, dram: 5_766_144, buffer: 0, network: 10_202_112, cycles: 62_208 },
    conv2: { energy: 19_984_158_720, dram: 9_197_568, buffer: 2_457_600, network: 106_997_760, cycles: 26_542_080 },
    pool2: { energy: 773_341_184, dram: 3_678_208, buffer: 0, network: 6_389_760, cycles: 32_448 },
    conv3: { energy: 13_987_209_216, dram: 8_263_680, buffer: 7_268_352, network: 164_616_192, cycles: 12_460_032 },
    conv4: { energy: 10_532_978_688, dram: 6_457_344, buffer: 5_191_680, network: 119_568_384, cycles: 9_345_024 },
    conv5: { energy: 6_835_736_576, dram: 3_844_096, buffer: 0, network: 43_051_008, cycles: 6_230_016 },
    pool3: { energy: 176_046_080, dram: 839_680, buffer: 0, network: 1_400_832, cycles: 7_488 },
    fc1: { energy: 10_942_152_704, dram: 37_961_728, buffer: 8_323_072, network: 139_984_896, cycles: 3_145_728 },
    fc2: { energy: 4_825_415_680, dram: 16_908_288, buffer: 131_072, network: 50_397_184, cycles: 1_048_576 },
    fc3: { energy: 1_188_220_416, dram: 4_177_536, buffer: 0, network: 12_516_608, cycles: 262_144 },
  }),
);

/** Folders of bench/field/timeloop: timeloop-mapper (random_pruned, 2 threads, EDP) at commit 4cf6d4c. */
export const TIMELOOP: readonly { readonly name: string; readonly folder: string }[] = [
  { name: "VGG-16 conv3_1, 600 CPU-seconds", folder: "vgg16-conv3_1" },
  { name: "ResNet-18 conv2_x, 240 CPU-seconds", folder: "resnet18-conv2_x" },
];
