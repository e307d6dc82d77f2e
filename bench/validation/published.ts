// What was published, with where each figure is from. Only what was read in a source stands here.

/**
 * Eyeriss ISCA 2016, Fig. 10: energy of AlexNet by level, row-stationary, batch 16, in 10⁹ MAC energies. As transcribed in the
 * tests of nn_dataflow (github.com/stanford-mast/nn_dataflow, commit 198a527, test_eyeriss_isca16).
 */
export const FIG10: ReadonlyMap<string, { readonly alu: number; readonly dram: number; readonly rf: number }> = new Map(
  [
    ["conv1", { alu: 1.69, dram: 2.46, rf: 6.75 }],
    ["conv2", { alu: 3.58, dram: 2.27, rf: 14.33 }],
    ["conv3", { alu: 2.39, dram: 2.02, rf: 9.57 }],
    ["conv4", { alu: 1.79, dram: 1.57, rf: 7.18 }],
    ["conv5", { alu: 1.2, dram: 1.05, rf: 4.78 }],
    ["fc6", { alu: 0.6, dram: 7.78, rf: 2.42 }],
    ["fc7", { alu: 0.27, dram: 3.39, rf: 1.07 }],
    ["fc8", { alu: 0.07, dram: 0.84, rf: 0.26 }],
  ],
);

/**
 * The rest of the same runs, in 10⁹ MAC energies: buffer, inter-element network, all. From nn_dataflow 2.1 (commit 198a527),
 * exhaustive search without bypass of the buffer, which gives the figure's DRAM, RF and ALU to 0.02.
 */
export const NN_DATAFLOW: ReadonlyMap<
  string,
  { readonly buffer: number; readonly network: number; readonly all: number }
> = new Map([
  ["conv1", { buffer: 0.074, network: 0.193, all: 11.156 }],
  ["conv2", { buffer: 0.068, network: 0.214, all: 20.468 }],
  ["conv3", { buffer: 0.061, network: 0.242, all: 14.286 }],
  ["conv4", { buffer: 0.047, network: 0.183, all: 10.769 }],
  ["conv5", { buffer: 0.031, network: 0.122, all: 7.18 }],
  ["fc6", { buffer: 0.334, network: 0.352, all: 11.504 }],
  ["fc7", { buffer: 0.102, network: 0.101, all: 4.94 }],
  ["fc8", { buffer: 0.025, network: 0.025, all: 1.213 }],
]);

/** The range that the abstract of ISCA 2016 gives for how much better row-stationary is on convolutional layers of AlexNet. */
export const ADVANTAGE: readonly [number, number] = [1.4, 2.5];

/** Eyeriss JSSC 2017, tables V and VI: milliwatts of the chip, layer by layer and of the whole. As transcribed by fodlam (github.com/cucapra/fodlam, commit cde53fd). */
export const MILLIWATTS: Readonly<Record<"alexnet" | "vgg16", readonly number[]>> = {
  alexnet: [332, 288, 266, 235, 236],
  vgg16: [247, 218, 242, 231, 254, 235, 233, 278, 261, 240, 258, 236, 230],
};
export const MILLIWATTS_ALL: Readonly<Record<"alexnet" | "vgg16", number>> = { alexnet: 278, vgg16: 236 };
/** Table IV: the core, in mm². */
export const CORE_MM2: number = 3.5 * 3.5;

/** Energies relative to a MAC, ISCA 2016, table of section VI (as nn_dataflow and others transcribe them). */
export const RELATIVE = { mac: 1, rf: 1, network: 2, buffer: 6, dram: 200 } as const;
