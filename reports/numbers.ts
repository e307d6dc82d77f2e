const STEPS = ["", "k", "M", "G", "T", "P", "E"];
const POWER = ["µW", "mW", "W", "kW"];
const ENERGY = ["pJ", "nJ", "µJ", "mJ", "J", "kJ"];

/** A count for people: with thousands set apart below ten million (fractions above a thousand rounded), else four digits and a letter: `115.6 M`. */
export function count(n: number): string {
  if (!Number.isFinite(n)) return n > 0 ? "∞" : String(n);
  const size = Math.abs(n);
  if (size < 1e7 && (Number.isInteger(n) || size >= 1000)) return exact(Math.round(n));
  const step = stepOf(n);
  const letter = STEPS[step] ?? "";
  return `${digits(n / 1000 ** step)}${letter === "" ? "" : ` ${letter}`}`;
}

/** A whole number with thousands set apart: `138,344,128`. */
export const exact = (n: number): string => n.toLocaleString("en-US");

/** An energy given in pJ, in the unit that leaves one to three digits before the point: `12.35 µJ`. */
export function energy(pJ: number): string {
  const step = Math.min(stepOf(pJ), ENERGY.length - 1);
  return `${digits(pJ / 1000 ** step)} ${ENERGY[step]}`;
}

/** A power given in W, in the unit that leaves one to three digits before the point: `12.35 mW`. */
export function power(watts: number): string {
  const step = Math.min(stepOf(watts * 1e6), POWER.length - 1);
  return `${digits((watts * 1e6) / 1000 ** step)} ${POWER[step]}`;
}

/** An area in µm², in the unit that suits it: `512.0 µm²`, `0.24 mm²`. */
export function areaText(um2: number): string {
  return um2 < 1e4 ? `${short(um2)} µm²` : `${short(um2 / 1e6)} mm²`;
}

/** The unit in which energies of up to this many pJ are shown side by side, and its size in pJ. */
export function energyUnit(largestPj: number): { readonly name: string; readonly pJ: number } {
  const step = Math.min(stepOf(largestPj), ENERGY.length - 1);
  return { name: ENERGY[step] ?? "pJ", pJ: 1000 ** step };
}

/** A share between 0 and 1 as per cent: `97.6 %`. */
export function percent(share: number): string {
  return `${(100 * share).toFixed(1)} %`;
}

/** A duration in seconds: `0.32 s`, `2 min 05 s`. */
export function seconds(s: number): string {
  if (s < 100) return `${s.toFixed(s < 10 ? 2 : 1)} s`;
  const whole = Math.round(s);
  return `${Math.floor(whole / 60)} min ${String(whole % 60).padStart(2, "0")} s`;
}

const TIMES = ["ns", "µs", "ms", "s"];

/** A time of any length in seconds, in the unit that leaves one to three digits before the point: `451.6 µs`. */
export function duration(s: number): string {
  const step = Math.min(stepOf(s * 1e9), TIMES.length - 1);
  return `${digits((s * 1e9) / 1000 ** step)} ${TIMES[step]}`;
}

/** The unit in which times of up to this many seconds are shown side by side, and its size in seconds. */
export function timeUnit(largestSeconds: number): { readonly name: string; readonly size: number } {
  const step = Math.min(stepOf(largestSeconds * 1e9), TIMES.length - 1);
  return { name: TIMES[step] ?? "s", size: 1e-9 * 1000 ** step };
}

/** How many times as much: `×1.25`, `×1,203`. */
export function ratio(x: number): string {
  if (!Number.isFinite(x)) return "—";
  return `×${x < 0.1 ? x.toPrecision(2) : x < 100 ? x.toFixed(2) : x < 1e6 ? exact(Math.round(x)) : x.toExponential(3)}`;
}

/** A number of any size in four significant digits: `12.50`, `123,264`, `1.234e+20`. */
export function short(x: number): string {
  const size = Math.abs(x);
  if (x === 0 || (size >= 0.01 && size < 1000)) return digits(x);
  return size >= 1000 && size < 1e6 ? exact(Math.round(x)) : x.toExponential(3);
}

/** A whole number of any size by its first two digits and its power of ten: `1.2e31`; nothing where it is not known. */
export function powerOfTen(n: bigint | null): string {
  if (n === null) return "";
  const digits = n.toString();
  if (digits.length < 4) return digits;
  const rounded = (BigInt(digits.slice(0, 3)) + 5n).toString();
  const power = digits.length - 1 + (rounded.length - 3);
  return `${rounded.slice(0, 1)}.${rounded.slice(1, 2)}e${power}`;
}

function stepOf(n: number): number {
  const size = Math.abs(n);
  let step = 0;
  // 999.95 would print as 1000.0: it belongs to the next step.
  while (step < STEPS.length - 1 && size / 1000 ** step >= 999.95) step++;
  return step;
}

function digits(x: number): string {
  const size = Math.abs(x);
  if (Number.isInteger(x) && size < 1000) return String(x);
  return x.toFixed(size < 10 ? 3 : size < 100 ? 2 : 1);
}
