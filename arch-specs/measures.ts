import { LARGEST_NODE_NM, SMALLEST_NODE_NM } from "./estimators/technology.js";
import {
  AREA,
  BIT,
  CYCLE,
  type Dimension,
  divided,
  ENERGY,
  FREQUENCY,
  LENGTH,
  NONE,
  type Quantity,
  sameDimension,
  VOLTAGE,
  WORD,
} from "./expression.js";

/** What a conversion may need to know about the level that the figure belongs to. */
export interface Conversion {
  readonly wordBits: number;
  /** Words moved by one access. */
  readonly block: number;
  /** Hz; undefined where the file gives none. */
  readonly clockHz: number | undefined;
}

/** A kind of figure: the units in which it may be written, and the range of its values. */
export interface Measure {
  readonly accepts: readonly {
    readonly dimension: Dimension;
    /** The value in our unit; null: the clock is needed and absent. */
    readonly convert: (value: number, to: Conversion) => number | null;
  }[];
  readonly range: string;
  readonly allows: (value: number) => boolean;
  readonly example: string;
}

const same = (value: number): number => value;
const atClock =
  (convert: (value: number, clockHz: number, to: Conversion) => number) =>
  (value: number, to: Conversion): number | null =>
    to.clockHz === undefined ? null : convert(value, to.clockHz, to);
const plainOr = (...dimensions: readonly Dimension[]): Measure["accepts"] =>
  [NONE, ...dimensions].map((dimension) => ({ dimension, convert: same }));

const LARGEST = Number.MAX_SAFE_INTEGER;
const countable = (value: number): boolean => Number.isInteger(value) && value >= 1 && value <= LARGEST;
const notNegative = (value: number): boolean => value >= 0 && value <= 1e30;
const positive = (value: number): boolean => value > 0 && value <= LARGEST;
const WHOLE = "a whole number, 1 or more, below 2^53";
const COST = "0 or more, below 1e30";

export const words: Measure = {
  accepts: [...plainOr(WORD), { dimension: BIT, convert: (bits, { wordBits }) => Math.floor(bits / wordBits) }],
  range: `${WHOLE}, of words`,
  allows: countable,
  example: "65536, 64 KiB or 1024 word",
};
/** Of an access. */
export const block: Measure = { ...words, example: "1, 4 word or 64 bit" };
export const wordWidth: Measure = {
  accepts: plainOr(BIT),
  range: "a whole number of bits from 1 to 4096",
  allows: (value) => Number.isInteger(value) && value >= 1 && value <= 4096,
  example: "16 bit",
};
export const count: Measure = { accepts: plainOr(), range: WHOLE, allows: countable, example: "12" };
/** Of small numbers of things, such as ports. */
export const few: Measure = { ...count, example: "1" };
export const cycleCount: Measure = {
  accepts: plainOr(CYCLE),
  range: "a whole number, 0 or more, below 2^53",
  allows: (value) => Number.isInteger(value) && value >= 0 && value <= LARGEST,
  example: "3 cycle",
};
export const operationRate: Measure = {
  accepts: plainOr(divided(NONE, CYCLE)),
  range: "more than 0 and below 2^53",
  allows: positive,
  example: "1",
};
export const wordRate: Measure = {
  accepts: [
    ...plainOr(divided(WORD, CYCLE)),
    { dimension: divided(BIT, CYCLE), convert: (value, { wordBits }) => value / wordBits },
    {
      dimension: sum(BIT, FREQUENCY),
      convert: atClock((value, clockHz, { wordBits }) => value / clockHz / wordBits),
    },
    { dimension: sum(WORD, FREQUENCY), convert: atClock((value, clockHz) => value / clockHz) },
  ],
  range: "more than 0 and below 2^53, or unlimited",
  allows: (value) => positive(value) || value === Number.POSITIVE_INFINITY,
  example: "4 word/cycle, 64 bit/cycle, 25.6 GB/s or unlimited",
};
export const accessEnergy: Measure = {
  accepts: [
    ...plainOr(ENERGY),
    { dimension: divided(ENERGY, WORD), convert: (value, { block }) => value * block },
    { dimension: divided(ENERGY, BIT), convert: (value, { wordBits, block }) => value * wordBits * block },
  ],
  range: COST,
  allows: notNegative,
  example: "6 pJ (an access) or 4 pJ/bit",
};
export const operationEnergy: Measure = { accepts: plainOr(ENERGY), range: COST, allows: notNegative, example: "1 pJ" };
export const leakage: Measure = {
  accepts: [
    ...plainOr(ENERGY, divided(ENERGY, CYCLE)),
    { dimension: sum(ENERGY, FREQUENCY), convert: atClock((value, clockHz) => value / clockHz) },
  ],
  range: COST,
  allows: notNegative,
  example: "0.01 pJ/cycle or 2 mW",
};
export const area: Measure = { accepts: plainOr(AREA), range: COST, allows: notNegative, example: "0.5 mm2" };
export const bits: Measure = { accepts: plainOr(BIT), range: WHOLE, allows: countable, example: "64 KiB or 64 bit" };
/** 28 nm and not 28.000000000000004. */
const tidy = (value: number): number => Number(value.toPrecision(12));
/** In nm. */
export const technology: Measure = {
  accepts: [{ dimension: LENGTH, convert: (micrometres) => tidy(micrometres * 1000) }],
  range: `from ${SMALLEST_NODE_NM} nm to ${LARGEST_NODE_NM} nm`,
  allows: (value) => value >= SMALLEST_NODE_NM && value <= LARGEST_NODE_NM,
  example: "45 nm",
};
export const voltage: Measure = {
  accepts: [{ dimension: VOLTAGE, convert: same }],
  range: "from 0.5 V to 1.5 V",
  allows: (value) => value >= 0.5 && value <= 1.5,
  example: "0.9 V",
};
export const millimetres: Measure = {
  accepts: [{ dimension: LENGTH, convert: (micrometres) => tidy(micrometres / 1000) }],
  range: "more than 0 mm and at most 1000 mm",
  allows: (value) => value > 0 && value <= 1000,
  example: "0.5 mm",
};
export const clock: Measure = {
  accepts: [{ dimension: FREQUENCY, convert: same }],
  range: "more than 0 and at most 1e15 Hz",
  allows: (value) => value > 0 && value <= 1e15,
  example: "200 MHz",
};

function sum(a: Dimension, b: Dimension): Dimension {
  return a.map((exponent, i) => exponent + (b[i] ?? 0));
}

export type Measured =
  | { readonly kind: "value"; readonly value: number }
  | { readonly kind: "wrong-unit" }
  | { readonly kind: "needs-clock" }
  | { readonly kind: "out-of-range"; readonly value: number };

/** A quantity as a figure of the measure. */
export function measure(quantity: Quantity, by: Measure, to: Conversion): Measured {
  const accepted = by.accepts.find(({ dimension }) => sameDimension(dimension, quantity.dimension));
  if (accepted === undefined) return { kind: "wrong-unit" };
  const value = accepted.convert(quantity.value, to);
  if (value === null) return { kind: "needs-clock" };
  return by.allows(value) ? { kind: "value", value } : { kind: "out-of-range", value };
}
