/** Where series are multiplied: modulo a prime, in floats, or in magnitudes (absolute values, as floats), for a bound. */
export interface Field {
  /** The prime; 0 for floats. */
  readonly modulus: number;
  of(n: bigint): number;
  add(a: number, b: number): number;
  multiply(a: number, b: number): number;
  factorial(n: number): number;
  inverseFactorial(n: number): number;
}

export const floats: Field = {
  modulus: 0,
  of: Number,
  add: (a, b) => a + b,
  multiply: (a, b) => a * b,
  factorial: (n) => (n === 0 ? 1 : n * floats.factorial(n - 1)),
  inverseFactorial: (n) => 1 / floats.factorial(n),
};

export const magnitudes: Field = { ...floats, of: (n) => Math.abs(Number(n)) };

/** The integers modulo the largest prime below a limit of at most 2^26: products of two stay below 2^53. */
export function primeField(below: number): Field & { readonly prime: number } {
  let prime = below - 1;
  while (!isPrime(prime)) prime--;
  const multiply = (a: number, b: number): number => (a * b) % prime;
  const power = (base: number, exponent: number): number => {
    let [result, square] = [1, base];
    for (let left = exponent; left > 0; left = Math.floor(left / 2)) {
      if (left % 2 === 1) result = multiply(result, square);
      square = multiply(square, square);
    }
    return result;
  };
  const factorial = (n: number): number => {
    let result = 1;
    for (let i = 2; i <= n; i++) result = multiply(result, i);
    return result;
  };
  const big = BigInt(prime);
  return {
    prime,
    modulus: prime,
    of: (n) => Number(((n % big) + big) % big),
    add: (a, b) => (a + b) % prime,
    multiply,
    factorial,
    inverseFactorial: (n) => power(factorial(n), prime - 2),
  };
}

function isPrime(n: number): boolean {
  for (let divisor = 2; divisor * divisor <= n; divisor++) if (n % divisor === 0) return false;
  return n > 1;
}

/** The number, at least 0 and below the product of the primes, that has these residues. */
export function chineseRemainder(residues: readonly { readonly prime: number; readonly residue: number }[]): bigint {
  let [found, reach] = [0n, 1n];
  for (const { prime, residue } of residues) {
    const field = primeField(prime + 1);
    const missing = field.add(residue, prime - field.of(found));
    // reach · inverse ≡ 1 by Fermat: inverse = reach^(prime − 2).
    let inverse = 1;
    for (let [left, square] = [prime - 2, field.of(reach)]; left > 0; left = Math.floor(left / 2)) {
      if (left % 2 === 1) inverse = field.multiply(inverse, square);
      square = field.multiply(square, square);
    }
    found += reach * BigInt(field.multiply(missing, inverse));
    reach *= BigInt(prime);
  }
  return found;
}
