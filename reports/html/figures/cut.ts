/** Bars of up to this many times the middle one stand in full; longer ones are cut, their figure written on them. */
const FAR = 6;

/** Up to where bars are drawn: the longest that is not far beyond the others. */
export function cutOff(lengths: readonly number[]): number {
  const ordered = [...lengths].sort((a, b) => a - b);
  const middle = ordered[Math.floor(ordered.length / 2)] ?? 0;
  return Math.max(0, ...ordered.filter((length) => length <= FAR * middle));
}

/** Whether lengths are so far apart that only a logarithmic scale shows them all. */
export function isWide(lengths: readonly number[], times: number): boolean {
  const some = lengths.filter((length) => length > 0);
  return some.length > 1 && Math.max(...some) > times * Math.min(...some);
}

/** The power of ten at or below a number, and the one at or above it. */
export const decadeBelow = (x: number): number => 10 ** Math.floor(Math.log10(x));
export const decadeAbove = (x: number): number => 10 ** Math.ceil(Math.log10(x));

/** The powers of ten between two numbers, both included. */
export function decadesBetween(from: number, to: number): readonly number[] {
  const first = Math.ceil(Math.log10(from) - 1e-9);
  const last = Math.floor(Math.log10(to) + 1e-9);
  return Array.from({ length: Math.max(0, last - first + 1) }, (_, i) => 10 ** (first + i));
}
