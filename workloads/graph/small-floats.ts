/** The layout of a small float: bits of exponent and mantissa, bias, and what becomes of values beyond the largest. */
interface SmallFloat {
  readonly exponent: number;
  readonly mantissa: number;
  readonly bias: number;
  readonly largest: number;
  /** Whether the type has infinities (else values beyond become not-a-number unless they saturate). */
  readonly infinite: boolean;
  /** The `fnuz` types have one zero only, and one not-a-number in its place. */
  readonly unsignedZero: boolean;
}
export type Float8 = "float8e4m3fn" | "float8e4m3fnuz" | "float8e5m2" | "float8e5m2fnuz";

/** Micikevicius et al., "FP8 Formats for Deep Learning" (2022); the `fnuz` variants as in ONNX' documentation of its float 8 types. */
const float8: Readonly<Record<Float8, SmallFloat>> = {
  float8e4m3fn: { exponent: 4, mantissa: 3, bias: 7, largest: 448, infinite: false, unsignedZero: false },
  float8e4m3fnuz: { exponent: 4, mantissa: 3, bias: 8, largest: 240, infinite: false, unsignedZero: true },
  float8e5m2: { exponent: 5, mantissa: 2, bias: 15, largest: 57344, infinite: true, unsignedZero: false },
  float8e5m2fnuz: { exponent: 5, mantissa: 2, bias: 16, largest: 57344, infinite: false, unsignedZero: true },
};

/** The nearest number with a mantissa of this many bits (ties to even), subnormals below 2^(1 − bias). */
function rounded(x: number, mantissa: number, bias: number): number {
  if (x === 0 || !Number.isFinite(x)) return x;
  const size = Math.abs(x);
  const exponent = Math.max(Math.floor(Math.log2(size)), 1 - bias);
  const exact = size >= 2 ** (exponent + 1) ? exponent + 1 : exponent;
  const unit = 2 ** (exact - mantissa);
  const steps = size / unit;
  const down = Math.floor(steps);
  const over = steps - down;
  const even = over > 0.5 || (over === 0.5 && down % 2 === 1) ? down + 1 : down;
  return Math.sign(x) * even * unit;
}

/** The nearest half-precision number (IEEE 754 binary16). */
export function float16Of(x: number): number {
  const near = rounded(x, 10, 15);
  return Math.abs(near) > 65504 ? Math.sign(x) * Number.POSITIVE_INFINITY : near;
}

/** The nearest bfloat16 number. */
export const bfloat16Of = (x: number): number => Math.fround(rounded(x, 7, 127));

/** The nearest 8-bit float; what lies beyond the largest saturates, or becomes infinity where there is one, else not a number. */
export function float8Of(x: number, type: Float8, saturate: boolean): number {
  const { mantissa, bias, largest, infinite, unsignedZero } = float8[type];
  if (Number.isNaN(x)) return x;
  const near = rounded(x, mantissa, bias);
  if (near === 0) return unsignedZero ? 0 : near;
  if (Math.abs(near) <= largest) return near;
  if (saturate) return Math.sign(x) * largest;
  return infinite ? Math.sign(x) * Number.POSITIVE_INFINITY : Number.NaN;
}

/** The value of a byte that holds an 8-bit float. */
export function float8FromBits(byte: number, type: Float8): number {
  const { exponent, mantissa, bias, infinite, unsignedZero } = float8[type];
  if (unsignedZero && byte === 0x80) return Number.NaN;
  const sign = byte & 0x80 ? -1 : 1;
  const field = (byte & 0x7f) >> mantissa;
  const fraction = byte & ((1 << mantissa) - 1);
  const top = (1 << exponent) - 1;
  if (infinite && field === top) return fraction === 0 ? sign * Number.POSITIVE_INFINITY : Number.NaN;
  if (!infinite && !unsignedZero && (byte & 0x7f) === 0x7f) return Number.NaN;
  if (field === 0) return sign * fraction * 2 ** (1 - bias - mantissa);
  return sign * (1 + fraction / 2 ** mantissa) * 2 ** (field - bias);
}

/** The byte of a value that is exact in the type. */
export function float8ToBits(value: number, type: Float8): number {
  for (let byte = 0; byte < 256; byte++) if (Object.is(float8FromBits(byte, type), value)) return byte;
  return float8[type].unsignedZero ? 0x80 : 0x7f;
}

/** The value of 16 bits that hold a half-precision number. */
export function float16FromBits(bits: number): number {
  const sign = bits & 0x8000 ? -1 : 1;
  const exponent = (bits >> 10) & 31;
  const fraction = bits & 1023;
  if (exponent === 31) return fraction === 0 ? sign * Number.POSITIVE_INFINITY : Number.NaN;
  return exponent === 0 ? sign * fraction * 2 ** -24 : sign * (1 + fraction / 1024) * 2 ** (exponent - 15);
}

/** The 16 bits of a half-precision number. */
export function float16ToBits(value: number): number {
  if (Number.isNaN(value)) return 0x7e00;
  const sign = value < 0 || Object.is(value, -0) ? 0x8000 : 0;
  const size = Math.abs(value);
  if (size === Number.POSITIVE_INFINITY) return sign | 0x7c00;
  if (size < 2 ** -14) return sign | (size * 2 ** 24);
  const exponent = Math.floor(Math.log2(size));
  return sign | ((exponent + 15) << 10) | ((size / 2 ** exponent - 1) * 1024);
}
