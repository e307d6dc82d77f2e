/** Times are whole numbers of ticks, so that sums are exact and a schedule that repeats itself can be told. */

/** Ticks a cycle are at most so many where rates have no common measure; a transfer is then rounded up to a tick. */
const MOST_COMMON = 2 ** 20;
const UNCOMMON = 2 ** 16;

/** Ticks a cycle for which one word (or operation) takes a whole number of ticks at every rate, given in words a cycle. */
export function ticksPerCycle(rates: readonly number[]): number {
  let ticks = 1;
  for (const rate of rates) {
    const numerator = numeratorOf(rate);
    if (numerator === null) return UNCOMMON;
    ticks = (ticks / gcd(ticks, numerator)) * numerator;
    if (ticks > MOST_COMMON) return UNCOMMON;
  }
  return ticks;
}

/** Ticks of one word at a rate; a whole number unless the clock had to be rounded. */
export function ticksPerWord(ticks: number, rate: number): number {
  const numerator = numeratorOf(rate);
  if (numerator === null || ticks % numerator !== 0) return ticks / rate;
  return (ticks / numerator) * Math.round(numerator / rate);
}

/** p of the fraction p/q that is the rate but for rounding, by its continued fraction; null where p or q would be large. */
function numeratorOf(rate: number): number | null {
  let [p, q, previousP, previousQ] = [Math.floor(rate), 1, 1, 0];
  let rest = rate - Math.floor(rate);
  while (Math.abs(p / q - rate) > 1e-12 * rate) {
    const term = 1 / rest;
    const whole = Math.floor(term);
    [p, previousP] = [whole * p + previousP, p];
    [q, previousQ] = [whole * q + previousQ, q];
    rest = term - whole;
    if (p > MOST_COMMON || q > MOST_COMMON) return null;
  }
  return p > MOST_COMMON ? null : p;
}

function gcd(a: number, b: number): number {
  let [x, y] = [a, b];
  while (y > 0) [x, y] = [y, x % y];
  return x;
}
