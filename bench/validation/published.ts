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

/** A row of a table of measurements: of the whole batch. */
export interface Measured {
  readonly milliwatts: number;
  readonly processingMs: number;
  readonly totalMs: number;
  readonly activePes: number;
  readonly bufferMb: number;
  /** After run-length compression of zeros. */
  readonly dramMb: number;
}
const measured = (
  milliwatts: number,
  totalMs: number,
  processingMs: number,
  activePes: number,
  bufferMb: number,
  dramMb: number,
): Measured => ({ milliwatts, totalMs, processingMs, activePes, bufferMb, dramMb });

/** Eyeriss JSSC 2017, table V: AlexNet, batch 4, 200 MHz. As transcribed by fodlam (github.com/cucapra/fodlam, commit cde53fd). */
export const TABLE_V: ReadonlyMap<string, Measured> = new Map([
  ["conv1", measured(332, 20.9, 16.5, 154, 18.5, 5.0)],
  ["conv2", measured(288, 41.9, 39.2, 135, 77.6, 4.0)],
  ["conv3", measured(266, 23.6, 21.8, 156, 50.2, 3.0)],
  ["conv4", measured(235, 18.4, 16.0, 156, 37.4, 2.1)],
  ["conv5", measured(236, 10.5, 10.0, 156, 24.9, 1.3)],
]);

/** The same table's totals. */
export const TABLE_V_TOTAL: Measured = measured(278, 115.3, 103.5, 148, 208.5, 15.4);
/** Eyeriss JSSC 2017, table VI: VGG-16, batch 3, 200 MHz. As transcribed by fodlam (its OCR of CONV5-1's active elements mended from its 100 %). */
export const TABLE_VI: ReadonlyMap<string, Measured> = new Map([
  ["conv1_1", measured(247, 76.2, 38, 156, 112.6, 15.4)],
  ["conv1_2", measured(218, 910.3, 810.6, 156, 2402.8, 54)],
  ["conv2_1", measured(242, 470.3, 405.3, 156, 1201.4, 33.4)],
  ["conv2_2", measured(231, 894.3, 810.8, 156, 2402.8, 48.5)],
  ["conv3_1", measured(254, 241.1, 204, 156, 607.4, 20.2)],
  ["conv3_2", measured(235, 460.9, 408.1, 156, 1214.8, 32.2)],
  ["conv3_3", measured(233, 457.7, 408.1, 156, 1214.8, 30.8)],
  ["conv4_1", measured(278, 135.8, 105.1, 168, 321.8, 17.8)],
  ["conv4_2", measured(261, 254.8, 210, 168, 643.7, 28.6)],
  ["conv4_3", measured(240, 246.3, 210, 168, 643.7, 22.8)],
  ["conv5_1", measured(258, 54.3, 48.3, 168, 90, 6.3)],
  ["conv5_2", measured(236, 53.7, 48.5, 168, 90, 5.7)],
  ["conv5_3", measured(230, 53.7, 48.5, 168, 90, 5.6)],
]);
export const TABLE_VI_TOTAL: Measured = measured(236, 4309.5, 3755.2, 158, 11035.8, 321.1);
/** Table IV: the core, in mm². */
export const CORE_MM2: number = 3.5 * 3.5;

/** Energies relative to a MAC, ISCA 2016, table of section VI (as nn_dataflow and others transcribe them). */
export const RELATIVE = { mac: 1, rf: 1, network: 2, buffer: 6, dram: 200 } as const;
