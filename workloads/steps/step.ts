import { product } from "../../base/index.js";
import type { Attributes, Known, Operand, ValueType } from "../graph/types.js";
import { conform, zerosOf } from "../graph/value-types.js";
import type { Values } from "../values.js";

/**
 * A cheap operation of a graph. Called with operands whose values may still be unknown, it plans its outputs (their types and shapes are
 * known at once); `values()` of a plan computes, and needs the operands' values. So shape inference and execution are one function.
 * An optional operand that is left out is undefined. Throws `StepError` where the operands do not suit.
 */
export type Step = (operands: readonly (Operand | undefined)[], attributes: Attributes) => readonly Planned[];

/** An output that a step will give. */
export interface Planned {
  readonly type: ValueType;
  readonly shape: readonly number[];
  readonly values: () => Values;
}

/** What a step cannot do with these operands: a mistake in the network, told to the user at the node. */
export class StepError extends Error {}
/** What is outside of the product (random numbers), told to the user as a refusal. */
export class OutsideTheProduct extends StepError {}
/** A step needs values that are known only when the network runs. */
export class UnknownValues extends StepError {}

/** Zeros of this type and shape, filled in and brought into the type's range. */
export function plan(type: ValueType, shape: readonly number[], fill: (out: Values) => void): Planned {
  const values = (): Values => {
    const out = zerosOf(type, product(shape));
    fill(out);
    return conform(type, out);
  };
  return { type, shape, values };
}

/** The operand's words under another shape. */
export const viewed = (operand: Operand, shape: readonly number[]): Planned => ({
  type: operand.type,
  shape,
  values: () => wordsOf(operand),
});

/** Operand number i, which must be there. */
export function given(operands: readonly (Operand | undefined)[], i: number): Operand {
  const operand = operands[i];
  if (operand === undefined) throw new StepError(`input ${i} is missing`);
  return operand;
}

/** The operand's values; throws `UnknownValues` before the network runs. */
export function wordsOf(operand: Operand): Values {
  if (operand.values === null) throw new UnknownValues("this needs values that are known only when the network runs");
  return operand.values;
}

/** The operand's values as numbers, or the attribute's, or null. */
export function listFrom(operand: Operand | undefined, attributes: Attributes, name: string): readonly number[] | null {
  return operand === undefined ? (numbersOf(attributes, name) ?? null) : [...wordsOf(operand)];
}

/** The first value of an operand, or the value to take where it is left out. */
export const scalarFrom = (operand: Operand | undefined, otherwise: number): number =>
  operand === undefined ? otherwise : (wordsOf(operand)[0] ?? otherwise);

export function numberOf(attributes: Attributes, name: string, otherwise: number): number {
  const value = attributes[name];
  return typeof value === "number" ? value : otherwise;
}

export function wordOf(attributes: Attributes, name: string, otherwise: string): string {
  const value = attributes[name];
  return typeof value === "string" ? value : otherwise;
}

export function numbersOf(attributes: Attributes, name: string): readonly number[] | undefined {
  const value = attributes[name];
  return Array.isArray(value) ? value.map(Number) : undefined;
}

/** An attribute that is a tensor. */
export function tensorOf(attributes: Attributes, name: string): Known | undefined {
  const value = attributes[name];
  return typeof value === "object" && "values" in value && "shape" in value ? (value as Known) : undefined;
}

/** The axis counted from the front; negative ones count from the end. */
export function axisOf(axis: number, rank: number): number {
  const found = axis < 0 ? axis + rank : axis;
  if (!(found >= 0 && found < Math.max(1, rank))) throw new StepError(`axis ${axis} of a tensor of rank ${rank}`);
  return found;
}

/** Words before, along and after an axis: a tensor as [outer, extent, inner]. */
export function around(shape: readonly number[], axis: number): readonly [number, number, number] {
  return [product(shape.slice(0, axis)), shape[axis] ?? 1, product(shape.slice(axis + 1))];
}

export const printShape = (shape: readonly number[]): string => `[${shape.join(", ")}]`;
