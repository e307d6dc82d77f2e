/** The codes whose sums were 0 before something was added, in that order; some of them twice. */
export interface Touched {
  codes: Int32Array;
  count: number;
}

/**
 * Multiplies two sparse series and adds the product to a dense one: sums[a + b] += ways(a) · ways(b), for
 *
 *   for every term i of a          codes: exponents in mixed radix above `base` flag bits
 *     for every term j of b        that has no flag in common with i
 *
 * in the integers modulo `modulus` (below 2^26, so that products are exact), or in floats where it is 0.
 */
export function addProduct(
  sums: Float64Array,
  touched: Touched,
  codesA: Int32Array,
  waysA: Float64Array,
  codesB: Int32Array,
  waysB: Float64Array,
  base: number,
  modulus: number,
): void {
  const flags = base - 1;
  let count = touched.count;
  for (let j = 0; j < codesB.length; j++) {
    const code = codesB[j]!;
    const ways = waysB[j]!;
    const ends = code & flags;
    for (let i = 0; i < codesA.length; i++) {
      const other = codesA[i]!;
      if ((other & ends) !== 0) continue;
      const at = other + code;
      const before = sums[at]!;
      if (before === 0) {
        if (count === touched.codes.length) touched.codes = grown(touched.codes);
        touched.codes[count++] = at;
      }
      const sum = before + ways * waysA[i]!;
      sums[at] = modulus === 0 ? sum : sum % modulus;
    }
  }
  touched.count = count;
}

const grown = (codes: Int32Array): Int32Array => {
  const larger = new Int32Array(2 * codes.length);
  larger.set(codes);
  return larger;
};

/** Takes the terms that are not 0 out of a dense series and leaves it all 0. */
export function compact(
  sums: Float64Array,
  touched: Touched,
): { readonly codes: Int32Array; readonly ways: Float64Array } {
  let count = 0;
  const codes = new Int32Array(touched.count);
  const ways = new Float64Array(touched.count);
  for (let i = 0; i < touched.count; i++) {
    const code = touched.codes[i]!;
    if (sums[code]! === 0) continue;
    codes[count] = code;
    ways[count++] = sums[code]!;
    sums[code] = 0;
  }
  touched.count = 0;
  return { codes: codes.slice(0, count), ways: ways.slice(0, count) };
}
