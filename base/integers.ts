/** Throws (a bug of ours) where a count left the range in which numbers are exact, 2^53. */
export function assertSafe(n: number, what: string): number {
  if (!Number.isSafeInteger(n)) throw new Error(`${what} is not a safe integer: ${n}`);
  return n;
}

/** ⌈a ÷ b⌉ for a ≥ 0, b > 0. */
export const ceilDiv = (a: number, b: number): number => Math.ceil(a / b);

export function gcd(a: number, b: number): number {
  let [x, y] = [Math.abs(a), Math.abs(b)];
  while (y !== 0) [x, y] = [y, x % y];
  return x;
}

/** The divisors of n ≥ 1, ascending. */
export function divisorsOf(n: number): readonly number[] {
  const small: number[] = [];
  const large: number[] = [];
  for (let d = 1; d * d <= n; d++) {
    if (n % d !== 0) continue;
    small.push(d);
    if (d * d !== n) large.push(n / d);
  }
  return [...small, ...large.reverse()];
}

export const product = (xs: Iterable<number>): number => {
  let result = 1;
  for (const x of xs) result *= x;
  return result;
};
