import { register } from "./arithmetic.js";
import { type Estimate, type Figure, sumOf } from "./figure.js";
import type { Technology } from "./technology.js";

/** fF a mm of wire, by node in nm. */
const CAPACITANCE: readonly (readonly [number, number])[] = [
  [180, 440],
  [130, 430],
  [100, 403],
  [70, 367],
  [50, 345],
  [35, 315],
  [25, 288],
  [18, 266],
  [13, 247],
];
const SOURCE =
  "½·C·V² with C of Accelergy's wire plug-in (180 to 13 nm, linear between, flat below); assumed: half of the bits toggle";
const TOGGLES = 0.5;

function capacitance(nodeNm: number): number {
  for (let i = 1; i < CAPACITANCE.length; i++) {
    const [large = 0, above = 0] = CAPACITANCE[i - 1] ?? [];
    const [small = 0, below = 0] = CAPACITANCE[i] ?? [];
    if (nodeNm >= small) return below + ((above - below) * (nodeNm - small)) / (large - small);
  }
  return CAPACITANCE.at(-1)?.[1] ?? 0;
}

/** A wire of `lengthMm` for `bits` bits. */
export function wire(bits: number, lengthMm: number, { nodeNm, volts }: Technology): Estimate {
  const perBitMm = (TOGGLES / 2) * capacitance(nodeNm) * 1e-15 * volts * volts * 1e12;
  const energy: Figure = { value: perBitMm * bits * lengthMm, source: SOURCE };
  return { actions: new Map([["transfer", energy]]), leakage: null, area: null };
}

/** One hop: the wire and the register that it ends in. */
export function hop(bits: number, lengthMm: number, to: Technology): Estimate {
  const [along, latched] = [wire(bits, lengthMm, to), register(bits, bits, to)];
  const figures = [along.actions.get("transfer"), latched.actions.get("write")].flatMap((figure) => figure ?? []);
  return { ...latched, actions: new Map([["transfer", sumOf(figures)]]) };
}
