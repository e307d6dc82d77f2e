import { type Diagnostic, failed, type Location, ok, type Result } from "../base/index.js";
import { affineOf, rangeOf } from "./affine.js";
import type { Affine, Einsum, ElementType, Operation, Tensor } from "./einsum.js";
import {
  type EinsumSyntax,
  EinsumSyntaxError,
  readEinsumSyntax,
  type Sum,
  type TensorSyntax,
} from "./einsum-syntax.js";
import * as messages from "./messages.js";
import { accumulatorOf, INT16, INT32 } from "./types.js";

/** What an Einsum's text leaves open. */
export interface EinsumSetting {
  /**
   * By upper-case name: `N` is the bound of `n`. Where a text has variables p or q but none of h, w, the names `H` and `W` give the
   * extent of the inputs' axes that slide with p and q.
   */
  readonly bounds: ReadonlyMap<string, number>;
  /** Strides, dilations, offsets: any whole numbers. A constant that is not given here may also be a bound: `A[K*m+k]`. */
  readonly constants?: ReadonlyMap<string, number>;
  /** Words along each axis, by tensor. Without: see `extentOf`. */
  readonly shapes?: ReadonlyMap<string, readonly number[]>;
  /** Default `counted`. */
  readonly padding?: Einsum["padding"];
  /** By tensor name, alias, or `accumulator`. Default: int16 inputs, 32-bit integer output and accumulator. */
  readonly types?: ReadonlyMap<string, ElementType>;
  readonly aliases?: ReadonlyMap<string, string>;
  /** What the text cannot say: another way to combine, a start, a post-step. */
  readonly operation?: Partial<Operation>;
}

/** Where a problem with one name (a bound, a constant, a shape) is to be shown; by default where the Einsum stands. */
export type LocationOf = (name: string) => Location;

/**
 * Reads the text form of an Einsum: `O[n,m,p,q] += I[n,c,U*p+D*r-Z,U*q+D*s-Z] * F[m,c,r,s]`. All problems are told at once.
 * @example parseEinsum("O[m,n] += A[m,k] * B[k,n]", { bounds: new Map([["M", 4], ["N", 4], ["K", 4]]) }, at)
 */
export function parseEinsum(
  text: string,
  setting: EinsumSetting,
  at: Location,
  locationOf: LocationOf = () => at,
): Result<Einsum> {
  const syntax = readEinsumSyntax(text);
  if (syntax instanceof EinsumSyntaxError)
    return failed([messages.einsumSyntax(at, text, syntax.offset, syntax.message)]);
  const problems: Diagnostic[] = [];
  const names = namesIn(syntax);
  const variables = names.filter(isVariable);
  checkTensorNames(syntax, at, problems);
  const bounds = readBounds(variables, names, setting, at, locationOf, problems);
  const constantOf = (name: string): number | undefined => {
    const value = setting.constants?.get(name) ?? setting.bounds.get(name);
    if (value === undefined) problems.push(messages.constantMissing(at, name));
    else if (!Number.isSafeInteger(value)) problems.push(messages.notWhole(locationOf(name), name, value));
    else return value;
    return undefined;
  };
  const projections = [...syntax.inputs, syntax.output].map((tensor) =>
    tensor.ranks.map((sum) => resolve(sum, variables, constantOf, tensor, at, problems)),
  );
  if (problems.length > 0) return failed(messages.eachOnce(problems));
  const drafts = [...syntax.inputs, syntax.output].map((tensor, i) => ({
    name: tensor.name,
    ranks: projections[i] ?? [],
  }));
  const reading: Reading = { syntax, variables, bounds, setting, at, locationOf, problems };
  const tensors = drafts.map((draft, i) => tensorOf(draft, i, reading));
  checkSizes(tensors, reading);
  if (problems.length > 0) return failed(messages.eachOnce(problems));
  const operation: Operation = {
    combine: syntax.combine,
    reduce: syntax.reduce,
    start: "identity",
    after: null,
    ...setting.operation,
  };
  const padding = setting.padding ?? "counted";
  return ok({ variables, bounds, tensors, operation, padding, accumulator: accumulatorFor(tensors, setting) });
}

/** What the steps of reading one Einsum share. */
interface Reading {
  readonly syntax: EinsumSyntax;
  readonly variables: readonly string[];
  readonly bounds: readonly number[];
  readonly setting: EinsumSetting;
  readonly at: Location;
  readonly locationOf: LocationOf;
  readonly problems: Diagnostic[];
}

const isVariable = (name: string): boolean => name === name.toLowerCase() && /[a-z]/.test(name);

/** Every name in an index, in order of appearance: the output's first. */
export function namesIn(syntax: EinsumSyntax): string[] {
  const names = new Set<string>();
  const visit = (sum: Sum): void => {
    for (const { factors } of sum)
      for (const factor of factors) {
        if (factor.kind === "name") names.add(factor.name);
        else if (factor.kind === "sum") visit(factor.sum);
      }
  };
  for (const tensor of [syntax.output, ...syntax.inputs]) tensor.ranks.forEach(visit);
  return [...names];
}

function checkTensorNames(syntax: EinsumSyntax, at: Location, problems: Diagnostic[]): void {
  const seen = new Set<string>();
  for (const { name } of [...syntax.inputs, syntax.output]) {
    if (seen.has(name)) problems.push(messages.tensorTwice(at, name));
    seen.add(name);
  }
}

function readBounds(
  variables: readonly string[],
  names: readonly string[],
  setting: EinsumSetting,
  at: Location,
  locationOf: LocationOf,
  problems: Diagnostic[],
): readonly number[] {
  const wanted = variables.map((variable) => variable.toUpperCase());
  const usable = new Set([...wanted, ...names.filter((name) => !isVariable(name)), ...slidingExtents(variables)]);
  const unused = [...setting.bounds.keys(), ...(setting.constants?.keys() ?? [])].filter((name) => !usable.has(name));
  for (const name of unused) problems.push(messages.boundUnused(locationOf(name), name, [...usable]));
  for (const name of setting.bounds.keys()) {
    const value = setting.bounds.get(name);
    const isBound = wanted.includes(name) || !names.includes(name);
    if (isBound && usable.has(name) && !isPositiveWhole(value))
      problems.push(messages.notPositive(locationOf(name), name, value));
  }
  let points = 1;
  const bounds = wanted.map((name) => {
    const value = setting.bounds.get(name);
    if (value === undefined) problems.push(messages.boundMissing(at, name, unused));
    points *= value ?? 1;
    return value ?? 1;
  });
  if (points > Number.MAX_SAFE_INTEGER)
    problems.push(messages.tooLarge(at, `the product of the bounds, ${wanted.join("·")},`));
  return bounds;
}

/** `H` where the variable p has no h beside it, `W` for q likewise. */
function slidingExtents(variables: readonly string[]): string[] {
  const has = (variable: string): boolean => variables.includes(variable);
  return [...(has("p") && !has("h") ? ["H"] : []), ...(has("q") && !has("w") ? ["W"] : [])];
}

export const isPositiveWhole = (value: unknown): value is number =>
  Number.isSafeInteger(value) && (value as number) >= 1;

function resolve(
  sum: Sum,
  variables: readonly string[],
  constantOf: (name: string) => number | undefined,
  tensor: TensorSyntax,
  at: Location,
  problems: Diagnostic[],
): Affine {
  const coefficients = new Map<number, number>();
  let offset = 0;
  const add = (other: Affine, by: number): void => {
    offset += by * other.offset;
    for (const { variable, coefficient } of other.terms)
      coefficients.set(variable, (coefficients.get(variable) ?? 0) + by * coefficient);
  };
  for (const { sign, factors } of sum) {
    let product: Affine = { terms: [], offset: sign };
    for (const factor of factors) {
      const next = factorOf(factor, variables, constantOf, tensor, at, problems);
      if (product.terms.length > 0 && next.terms.length > 0) problems.push(messages.notAffine(at, tensor.name));
      product = next.terms.length > 0 ? scaled(next, product.offset) : scaled(product, next.offset);
    }
    add(product, 1);
  }
  const affine = affineOf(coefficients, offset);
  const sizes = [affine.offset, ...affine.terms.map((term) => term.coefficient)];
  if (!sizes.every(Number.isSafeInteger)) problems.push(messages.tooLarge(at, `a coefficient of ${tensor.name}`));
  return affine;
}

function factorOf(
  factor: Sum[number]["factors"][number],
  variables: readonly string[],
  constantOf: (name: string) => number | undefined,
  tensor: TensorSyntax,
  at: Location,
  problems: Diagnostic[],
): Affine {
  if (factor.kind === "number") return { terms: [], offset: factor.value };
  if (factor.kind === "sum") return resolve(factor.sum, variables, constantOf, tensor, at, problems);
  const variable = variables.indexOf(factor.name);
  return variable >= 0
    ? { terms: [{ variable, coefficient: 1 }], offset: 0 }
    : { terms: [], offset: constantOf(factor.name) ?? 1 };
}

const scaled = (affine: Affine, by: number): Affine => ({
  terms: affine.terms.map((term) => ({ ...term, coefficient: term.coefficient * by })),
  offset: affine.offset * by,
});

function tensorOf(draft: { name: string; ranks: readonly Affine[] }, index: number, reading: Reading): Tensor {
  const { syntax, setting } = reading;
  const isOutput = index === syntax.inputs.length;
  const alias = setting.aliases?.get(draft.name) ?? (isOutput ? "Outputs" : inputAlias(draft.name, index, syntax));
  const given = setting.types?.get(draft.name) ?? setting.types?.get(alias);
  const shape = shapeOf(draft, isOutput, reading);
  const type = given ?? (isOutput ? (setting.types?.get("accumulator") ?? INT32) : INT16);
  return { name: draft.name, alias, role: isOutput ? "output" : "input", ranks: draft.ranks, shape, type };
}

/** The first input is known as Inputs, the second as Weights, unless inputs have these names themselves. */
function inputAlias(name: string, index: number, { inputs }: Reading["syntax"]): string {
  const standard = ["Inputs", "Weights"];
  const own = standard[index] ?? name;
  const isTaken = inputs.some((other) => other.name === own);
  return standard.includes(name) || isTaken ? name : own;
}

function accumulatorFor(tensors: readonly Tensor[], setting: EinsumSetting): ElementType {
  const given = setting.types?.get("accumulator");
  if (given !== undefined) return given;
  const float = tensors.find((tensor) => tensor.type.kind === "float");
  return accumulatorOf(float?.type ?? INT16);
}

function shapeOf(
  draft: { name: string; ranks: readonly Affine[] },
  isOutput: boolean,
  reading: Reading,
): readonly number[] {
  const { setting, at, locationOf, problems, bounds, variables } = reading;
  const given = setting.shapes?.get(draft.name);
  if (given !== undefined && given.length !== draft.ranks.length)
    problems.push(messages.shapeRank(locationOf(draft.name), draft.name, given.length, draft.ranks.length));
  return draft.ranks.map((affine, axis) => {
    const { low, high } = rangeOf(affine, bounds);
    const sliding = isOutput || affine.terms.length < 2 ? undefined : slidingExtentOf(affine, variables);
    const extent =
      given?.[axis] ?? (sliding === undefined ? undefined : setting.bounds.get(sliding)) ?? extentOf(low, high);
    if (given !== undefined && !isPositiveWhole(extent))
      problems.push(
        messages.notPositive(locationOf(draft.name), `axis ${axis + 1} of the shape of ${draft.name}`, extent),
      );
    else if (extent < 1 || high < 0 || low >= extent)
      problems.push(messages.allPadding(at, draft.name, axis, low, high, extent));
    return extent;
  });
}

/** `H` for an axis that slides with p, `W` for one that slides with q. */
function slidingExtentOf(affine: Affine, variables: readonly string[]): string | undefined {
  const names = affine.terms.map((term) => variables[term.variable]);
  const wanted = names.includes("p") ? "H" : names.includes("q") ? "W" : "";
  return slidingExtents(variables).find((name) => name === wanted);
}

/**
 * The extent of an axis that is indexed from low to high, where the user gives none: exactly as large as needed. Coordinates below 0 are
 * padding; then as much padding is assumed above, so that the high end is the last coordinate less the padding. (For a stride that does not
 * fit, or padding on one side only, give the shape.)
 */
const extentOf = (low: number, high: number): number => (low < 0 ? high + low + 1 : high + 1);

function checkSizes(tensors: readonly Tensor[], reading: Reading): void {
  const { at, problems, setting, locationOf, bounds, variables, syntax } = reading;
  const names = tensors.map((tensor) => tensor.name);
  for (const name of setting.shapes?.keys() ?? [])
    if (!names.includes(name)) problems.push(messages.shapeOfNothing(locationOf(name), name, names));
  for (const tensor of tensors) {
    const box = tensor.ranks
      .map((affine) => rangeOf(affine, bounds))
      .reduce((n, { low, high }) => n * (high - low + 1), 1);
    const held = tensor.shape.reduce((n, extent) => n * extent, 1);
    if (!Number.isSafeInteger(box) || !Number.isSafeInteger(held))
      problems.push(messages.tooLarge(at, `the size of ${tensor.name}`));
  }
  const output = tensors.at(-1);
  if (syntax.reduce !== "assign" || output === undefined) return;
  const written = new Set(output.ranks.flatMap((affine) => affine.terms.map((term) => term.variable)));
  variables.forEach((variable, i) => {
    if (!written.has(i) && (bounds[i] ?? 1) > 1) problems.push(messages.assignReduces(at, output.name, variable));
  });
}
