import * as arithmetic from "./arithmetic.js";
import type { Estimate } from "./figure.js";
import * as memory from "./memory.js";
import type { Technology } from "./technology.js";
import { hop, wire } from "./wire.js";

/** Everything that some class may want to know; what a class does not need is ignored. */
export interface Facts {
  readonly bits: number;
  readonly accessBits: number;
  readonly ports: number;
  readonly banks: number;
  readonly width: number;
  readonly accumulator: number;
  readonly lengthMm: number;
}
export type FactName = keyof Facts;

/** A component class: where it can stand, what it must be told, and its figures. */
export interface ComponentClass {
  readonly name: string;
  readonly fits: "storage" | "compute" | "fanout";
  readonly needs: readonly FactName[];
  /** Whether its figures depend on the node. */
  readonly onChip: boolean;
  readonly estimate: (facts: Facts, technology: Technology) => Estimate;
}

const storage = (name: string, estimate: ComponentClass["estimate"]): ComponentClass => ({
  name,
  fits: "storage",
  needs: ["bits", "accessBits"],
  onChip: true,
  estimate,
});
const compute = (
  name: string,
  estimate: ComponentClass["estimate"],
  needs: readonly FactName[] = ["width"],
): ComponentClass => ({ name, fits: "compute", needs, onChip: true, estimate });
const network = (name: string, estimate: ComponentClass["estimate"]): ComponentClass => ({
  name,
  fits: "fanout",
  needs: ["accessBits", "lengthMm"],
  onChip: true,
  estimate,
});
const offChip = (kind: string): ComponentClass => ({
  name: kind,
  fits: "storage",
  needs: ["accessBits"],
  onChip: false,
  estimate: ({ accessBits }) => memory.dram(kind, accessBits),
});

const CLASSES: readonly ComponentClass[] = [
  storage("sram", memory.sram),
  storage("register-file", memory.registerFile),
  storage("register", ({ bits, accessBits }, technology) => arithmetic.register(bits, accessBits, technology)),
  ...memory.DRAM_KINDS.map(offChip),
  compute("int-mac", (facts, technology) => arithmetic.intMac(facts.width, facts.accumulator, technology), [
    "width",
    "accumulator",
  ]),
  compute("float-mac", (facts, technology) => arithmetic.floatMac(facts.width, facts.accumulator, technology), [
    "width",
    "accumulator",
  ]),
  compute("int-adder", ({ width }, technology) => arithmetic.intAdder(width, technology)),
  compute("int-multiplier", ({ width }, technology) => arithmetic.intMultiplier(width, technology)),
  compute("float-adder", ({ width }, technology) => arithmetic.floatAdder(width, technology)),
  compute("float-multiplier", ({ width }, technology) => arithmetic.floatMultiplier(width, technology)),
  compute("comparator", ({ width }, technology) => arithmetic.comparator(width, technology)),
  compute("counter", ({ width }, technology) => arithmetic.counter(width, technology)),
  network("wire", ({ accessBits, lengthMm }, technology) => wire(accessBits, lengthMm, technology)),
  network("hop", ({ accessBits, lengthMm }, technology) => hop(accessBits, lengthMm, technology)),
];
export const CLASS_NAMES: readonly string[] = CLASSES.map(({ name }) => name);

/** The names of the classes for one kind of level; null: for any. */
export const classNamesFor = (kind: ComponentClass["fits"] | null): readonly string[] =>
  CLASSES.filter(({ fits }) => kind === null || fits === kind).map(({ name }) => name);

/** Names that other tools use. */
const ALIASES: ReadonlyMap<string, string> = new Map([
  ["smartbuffersram", "sram"],
  ["regfile", "register-file"],
  ["smartbufferrf", "register-file"],
  ["aladdinregister", "register"],
  ["aladdinadder", "int-adder"],
  ["aladdinmultiplier", "int-multiplier"],
  ["aladdincomparator", "comparator"],
  ["aladdincounter", "counter"],
  ["fpmac", "float-mac"],
  ["fpadder", "float-adder"],
  ["fpmultiplier", "float-multiplier"],
  ["ddr", "ddr3"],
  ["gddr", "gddr5"],
  ["hbm", "hbm2"],
]);

/** The class of that name, whatever its case, `-` and `_`; undefined: no such class. */
export function classNamed(name: string): ComponentClass | undefined {
  const plain = name.toLowerCase().replaceAll(/[-_]/g, "");
  const canonical = ALIASES.get(plain);
  return CLASSES.find((one) => one.name === canonical || one.name.replaceAll("-", "") === plain);
}
