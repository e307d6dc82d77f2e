import type { Known } from "./types.js";

/** How a tensor stands to the expected one. */
export interface TensorComparison {
  readonly isEqual: boolean;
  /** Why not, for people; empty where it is. */
  readonly reason: string;
  /** The largest |actual − expected|. */
  readonly maxAbsError: number;
  readonly compared: number;
}

export interface Tolerance {
  /** Of |expected|. */
  readonly relative: number;
  readonly absolute: number;
}

/** What ONNX' own test-suite allows: |actual − expected| ≤ 10⁻⁷ + 10⁻³·|expected| (onnx/backend/test/runner). */
export const ONNX_TOLERANCE: Tolerance = { relative: 1e-3, absolute: 1e-7 };

/** Compares type, shape and every word. */
export function compareTensors(
  actual: Known,
  expected: Known,
  tolerance: Tolerance = ONNX_TOLERANCE,
): TensorComparison {
  const unlike = (reason: string): TensorComparison => ({
    isEqual: false,
    reason,
    maxAbsError: Number.NaN,
    compared: 0,
  });
  if (actual.type !== expected.type) return unlike(`its type is ${actual.type}, expected ${expected.type}`);
  if (actual.shape.join() !== expected.shape.join())
    return unlike(`its shape is [${actual.shape.join(", ")}], expected [${expected.shape.join(", ")}]`);
  let [maxAbsError, wrong, first] = [0, 0, -1];
  for (let i = 0; i < expected.values.length; i++) {
    const [a, e] = [actual.values[i] ?? 0, expected.values[i] ?? 0];
    if (a === e || (Number.isNaN(a) && Number.isNaN(e))) continue;
    const error = Math.abs(a - e);
    if (!(error <= maxAbsError)) maxAbsError = error;
    if (error <= tolerance.absolute + tolerance.relative * Math.abs(e)) continue;
    if (wrong++ === 0) first = i;
  }
  const reason =
    wrong === 0
      ? ""
      : `${wrong} of ${expected.values.length} words differ; word ${first} is ${actual.values[first]}, expected ${expected.values[first]}`;
  return { isEqual: wrong === 0, reason, maxAbsError, compared: expected.values.length };
}
