import { comparator, register } from "./arithmetic.js";
import { type Estimate, type Figure, interpolated, scaledArea, scaledEnergy, sumOf, times } from "./figure.js";
import type { Technology } from "./technology.js";

/** What a memory is: its bits, the bits of one access, read/write ports, and banks of which an access reaches one. */
export interface Memory {
  readonly bits: number;
  readonly accessBits: number;
  readonly ports: number;
  readonly banks: number;
}

const KIB = 1024;
/** pJ for 64 bits, by capacity in bytes. */
const SRAM = [
  [8 * KIB, 10],
  [32 * KIB, 20],
  [1024 * KIB, 100],
] as const;
const SRAM_TECHNOLOGY: Technology = { nodeNm: 45, volts: 0.9 };
const SRAM_SOURCE =
  'Horowitz, "Computing\'s energy problem", ISSCC 2014, SRAM at 45 nm and 0.9 V, power law in the capacity of a bank, linear in the width';
const CELL_SOURCE =
  "CACTI 5.1 (HPL-2008-20): 146 F² a cell; assumed: half of the macro is cells, a further port adds a wordline and two bitlines of 2.5 F";
const LEAK_SOURCE = "CACTI through Accelergy, 128 KiB at 45 nm in the Timeloop exercises: 5.35 µW, linear in the bits";

const ASSUMED_CELL_SHARE = 0.5;
const CELL_SQUARE_FEATURES = 146;
const TRACK_FEATURES = 2.5;

/** How much larger a cell with further ports is: one wordline and two bitlines each, on a square cell. */
function portGrowth(ports: number): number {
  const side = Math.sqrt(CELL_SQUARE_FEATURES);
  const more = (ports - 1) * TRACK_FEATURES;
  return (1 + more / side) * (1 + (2 * more) / side);
}

/** Static RAM. Ports lengthen word and bit lines, so energy goes with the square root of the cell's growth. */
export function sram({ bits, accessBits, ports, banks }: Memory, to: Technology): Estimate {
  const growth = portGrowth(ports);
  const for64 = interpolated(SRAM, bits / banks / 8);
  const access: Figure = { value: ((for64 * accessBits) / 64) * Math.sqrt(growth), source: SRAM_SOURCE };
  const energy = scaledEnergy(access, SRAM_TECHNOLOGY, to);
  const cell = CELL_SQUARE_FEATURES * (SRAM_TECHNOLOGY.nodeNm / 1000) ** 2;
  const area: Figure = { value: (bits * cell * growth) / ASSUMED_CELL_SHARE, source: CELL_SOURCE };
  const leakage: Figure = { value: (5.353e-6 * bits * growth) / (128 * KIB * 8), source: LEAK_SOURCE };
  return {
    actions: new Map([
      ["read", energy],
      ["write", energy],
    ]),
    leakage: scaledEnergy(leakage, SRAM_TECHNOLOGY, to),
    area: scaledArea(area, SRAM_TECHNOLOGY, to),
  };
}

/** Registers with an address comparator in front of each word: how Accelergy's exercises compose a register file. */
export function registerFile({ bits, accessBits, ports }: Memory, to: Technology): Estimate {
  const depth = Math.max(1, Math.ceil(bits / accessBits));
  const words = register(bits, accessBits, to);
  const match = comparator(Math.max(1, Math.ceil(Math.log2(depth))), to);
  const growth = portGrowth(ports);
  const select = match.actions.get("compute");
  const access = words.actions.get("read");
  if (select === undefined || access === undefined) throw new Error("a comparator computes, a register is read");
  const composed = sumOf([access, times(select, depth)]);
  const energy: Figure = { ...composed, value: composed.value * Math.sqrt(growth) };
  const both = (a: Figure | null, b: Figure | null): Figure | null =>
    a === null || b === null ? null : times(sumOf([a, times(b, depth)]), growth);
  return {
    actions: new Map([
      ["read", energy],
      ["write", energy],
    ]),
    leakage: both(words.leakage, match.leakage),
    area: both(words.area, match.area),
  };
}

const DRAM_TABLE =
  "the DRAM table of Accelergy's CACTI plug-in, which cites Malladi et al., ISCA 2012, and Chatterjee et al., MICRO 2017";
/** pJ a bit, at any node: the interface included. */
const DRAM: ReadonlyMap<string, Figure> = new Map([
  ["dram", { value: 1300 / 64, source: "Horowitz, ISSCC 2014: 1.3 nJ (of 1.3 to 2.6 nJ) for 64 bits" }],
  ["lpddr4", { value: 8, source: DRAM_TABLE }],
  ["lpddr", { value: 40, source: DRAM_TABLE }],
  ["ddr3", { value: 70, source: DRAM_TABLE }],
  ["gddr5", { value: 14, source: DRAM_TABLE }],
  ["hbm2", { value: 3.9, source: DRAM_TABLE }],
]);
export const DRAM_KINDS: readonly string[] = [...DRAM.keys()];

/** Off-chip memory: an energy a bit, no area and no leakage of the chip's. */
export function dram(kind: string, accessBits: number): Estimate {
  const perBit = DRAM.get(kind);
  if (perBit === undefined) throw new Error(`no DRAM kind ${kind}`);
  const energy = times(perBit, accessBits);
  return {
    actions: new Map([
      ["read", energy],
      ["write", energy],
    ]),
    leakage: null,
    area: null,
  };
}
