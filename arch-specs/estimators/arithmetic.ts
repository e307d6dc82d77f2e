import { type Estimate, type Figure, interpolated, scaledArea, scaledEnergy, sumOf } from "./figure.js";
import type { Technology } from "./technology.js";

const HOROWITZ = 'Horowitz, "Computing\'s energy problem", ISSCC 2014, table at 45 nm and 0.9 V';
const HOROWITZ_TECHNOLOGY: Technology = { nodeNm: 45, volts: 0.9 };
/** Area and leakage: the 40 nm tables of Aladdin, as Accelergy ships them. They name no supply; 0.9 V is taken. */
const ALADDIN = "Aladdin (ISCA 2014) table at 40 nm, as in Accelergy's library plug-in";
const ALADDIN_TECHNOLOGY: Technology = { nodeNm: 40, volts: 0.9 };

/** pJ by width in bits. Int16 addition: a second reader of the same table. */
const INT_ADD = [
  [8, 0.03],
  [16, 0.05],
  [32, 0.1],
] as const;
const INT_MULTIPLY = [
  [8, 0.2],
  [32, 3.1],
] as const;
const FLOAT_ADD = [
  [16, 0.4],
  [32, 0.9],
] as const;
const FLOAT_MULTIPLY = [
  [16, 1.1],
  [32, 3.7],
] as const;

const BETWEEN = "power law between widths";

function horowitz(points: readonly (readonly [number, number])[], width: number, to: Technology): Figure {
  const given = points.some(([at]) => at === width);
  const value = interpolated(points, width);
  return scaledEnergy({ value, source: given ? HOROWITZ : `${HOROWITZ}, ${BETWEEN}` }, HOROWITZ_TECHNOLOGY, to);
}

/** Aladdin's figure at 32 bits, times (width ÷ 32) to the power. */
const aladdin = (at32: number, width: number, power: number): Figure => ({
  value: at32 * (width / 32) ** power,
  source: `${ALADDIN}, ${power === 1 ? "linear in" : "with the square of"} the width`,
});

interface Part {
  readonly energy: Figure;
  readonly leakage: Figure | null;
  readonly area: Figure | null;
}

const intAdd = (width: number, to: Technology): Part => ({
  energy: horowitz(INT_ADD, width, to),
  leakage: scaledEnergy(aladdin(2.4e-6, width, 1), ALADDIN_TECHNOLOGY, to),
  area: scaledArea(aladdin(278, width, 1), ALADDIN_TECHNOLOGY, to),
});
const intMultiply = (width: number, to: Technology): Part => ({
  energy: horowitz(INT_MULTIPLY, width, to),
  leakage: scaledEnergy(aladdin(8e-5, width, 2), ALADDIN_TECHNOLOGY, to),
  area: scaledArea(aladdin(6350, width, 2), ALADDIN_TECHNOLOGY, to),
});
/** Leakage and area: Aladdin's single- and double-precision units at a cycle of 1 ns. Area in µm² by width. */
const FLOAT_ADD_AREA = [
  [32, 4360],
  [64, 9880],
] as const;
const FLOAT_MULTIPLY_AREA = [
  [32, 8970],
  [64, 22300],
] as const;
function floatArea(points: readonly (readonly [number, number])[], width: number, to: Technology): Figure {
  return scaledArea(
    { value: interpolated(points, width), source: `${ALADDIN}, power law through its units of 32 and 64 bits` },
    ALADDIN_TECHNOLOGY,
    to,
  );
}
const floatAdd = (width: number, to: Technology): Part => ({
  energy: horowitz(FLOAT_ADD, width, to),
  leakage: scaledEnergy(aladdin(5.3e-5, width, 1), ALADDIN_TECHNOLOGY, to),
  area: floatArea(FLOAT_ADD_AREA, width, to),
});
const floatMultiply = (width: number, to: Technology): Part => ({
  energy: horowitz(FLOAT_MULTIPLY, width, to),
  leakage: scaledEnergy(aladdin(1.2e-4, width, 2), ALADDIN_TECHNOLOGY, to),
  area: floatArea(FLOAT_MULTIPLY_AREA, width, to),
});

function unit(action: string, ...parts: readonly Part[]): Estimate {
  const all = (pick: (part: Part) => Figure | null): Figure | null => {
    const figures = parts.flatMap((part) => pick(part) ?? []);
    return figures.length === parts.length ? sumOf(figures) : null;
  };
  return {
    actions: new Map([[action, sumOf(parts.map(({ energy }) => energy))]]),
    leakage: all(({ leakage }) => leakage),
    area: all(({ area }) => area),
  };
}

/** Widths in bits; a multiply-accumulate multiplies at `width` and adds at `accumulator`. */
export const intAdder = (width: number, to: Technology): Estimate => unit("compute", intAdd(width, to));
export const intMultiplier = (width: number, to: Technology): Estimate => unit("compute", intMultiply(width, to));
export const intMac = (width: number, accumulator: number, to: Technology): Estimate =>
  unit("compute", intMultiply(width, to), intAdd(accumulator, to));
export const floatAdder = (width: number, to: Technology): Estimate => unit("compute", floatAdd(width, to));
export const floatMultiplier = (width: number, to: Technology): Estimate => unit("compute", floatMultiply(width, to));
export const floatMac = (width: number, accumulator: number, to: Technology): Estimate =>
  unit("compute", floatMultiply(width, to), floatAdd(accumulator, to));

/** Compares `width` bits. */
export function comparator(width: number, to: Technology): Estimate {
  return {
    actions: new Map([["compute", scaledEnergy(aladdin(0.02947, width, 1), ALADDIN_TECHNOLOGY, to)]]),
    leakage: scaledEnergy(aladdin(2.51e-8, width, 1), ALADDIN_TECHNOLOGY, to),
    area: scaledArea(aladdin(71, width, 1), ALADDIN_TECHNOLOGY, to),
  };
}
/** Counts `width` bits up. */
export function counter(width: number, to: Technology): Estimate {
  return {
    actions: new Map([["compute", scaledEnergy(aladdin(0.25074, width, 1), ALADDIN_TECHNOLOGY, to)]]),
    leakage: scaledEnergy(aladdin(3.21e-7, width, 1), ALADDIN_TECHNOLOGY, to),
    area: scaledArea(aladdin(495.5, width, 1), ALADDIN_TECHNOLOGY, to),
  };
}
/** Registers read and written `bits` at a time. */
export function register(bits: number, accessBits: number, to: Technology): Estimate {
  const access: Figure = { value: 0.009 * accessBits, source: `${ALADDIN}, 0.009 pJ a bit` };
  const energy = scaledEnergy(access, ALADDIN_TECHNOLOGY, to);
  return {
    actions: new Map([
      ["read", energy],
      ["write", energy],
    ]),
    leakage: scaledEnergy({ value: 7e-8 * bits, source: `${ALADDIN}, 0.07 µW a bit` }, ALADDIN_TECHNOLOGY, to),
    area: scaledArea({ value: 5.98 * bits, source: `${ALADDIN}, 5.98 µm² a bit` }, ALADDIN_TECHNOLOGY, to),
  };
}
