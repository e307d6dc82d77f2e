import { rangeOf } from "./affine.js";
import { identityOf } from "./arithmetic.js";
import { operandsOf, outputOf } from "./counts.js";
import type { Affine, Einsum, Operation, Tensor } from "./einsum.js";
import { stridesOf } from "./values.js";

/** `checked` notices integers that leave 32 bits; `integer` is for those that cannot. */
export type Arithmetic = "float" | "integer" | "checked";

/**
 * The loop nest of an Einsum as the text of a function of (inputs, sums, counts), one loop a variable. For
 * `O[p] += I[2*p+r-1] * F[r]` with P=4, R=3 and 8 words of I:
 * ```
 * for (let p = 0; p < 4; p++) {
 *   const o = p;
 *   let sum = sums[o];
 *   for (let r = 0; r < 3; r++) {
 *     const i = 2 * p + r - 1;
 *     if (i < 0 || i >= 8) continue;
 *     let value = T0[i];
 *     value = value * T1[r];
 *     sum = sum + value;
 *   }
 *   sums[o] = sum;
 * }
 * ```
 * Every coordinate is computed, and checked where it can leave its tensor, in the innermost loop that moves it. (Variables are called v0, v1, …
 * in the text, so that no name of a user's is run.)
 */
export function referenceSource(einsum: Einsum, arithmetic: Arithmetic): string {
  const order = orderOf(einsum);
  const tensors = [...operandsOf(einsum), outputOf(einsum)];
  const last = Math.max(-1, ...outputOf(einsum).ranks.map((affine) => depthOf(affine, order)));
  const nest: Nest = {
    einsum,
    arithmetic,
    order,
    tensors,
    places: tensors.map(() => new Place()),
    skips: skipsOutside(einsum.operation),
  };
  const operands = operandsOf(einsum).map((_, t) => `const T${t} = inputs[${t}];`);
  return [...operands, "let overflowed = false;", ...loopSource(nest, -1, last), "return overflowed;"].join("\n");
}

/**
 * Any order is right, this one is quick: a long variable that walks along the rows of a tensor, best the output, innermost (else the longest of all), outside of
 * it those of the reduction, outermost those of the output.
 */
function orderOf(einsum: Einsum): readonly number[] {
  const { bounds } = einsum;
  const written = new Set(outputOf(einsum).ranks.flatMap(({ terms }) => terms.map((term) => term.variable)));
  const rows = einsum.tensors.toReversed().flatMap(({ ranks }) => ranks.at(-1)?.terms ?? []);
  const along = rows.find(({ variable }) => (bounds[variable] ?? 1) >= LONG)?.variable;
  const innermost = along ?? bounds.lastIndexOf(Math.max(...bounds));
  const others = bounds.map((_, variable) => variable).filter((variable) => variable !== innermost);
  const order = [
    ...others.filter((variable) => written.has(variable)),
    ...others.filter((variable) => !written.has(variable)),
  ];
  return innermost < 0 ? order : [...order, innermost];
}
const LONG = 7;

/** What is known of a tensor's place in the loops entered so far. */
class Place {
  /** The sum of coordinates times strides, as text. */
  index = "0";
  /** Conditions under which the place lies outside, where they do not end the iteration. */
  readonly outside: string[] = [];
}

interface Nest {
  readonly einsum: Einsum;
  readonly arithmetic: Arithmetic;
  /** Variables, outermost first. */
  readonly order: readonly number[];
  /** The operands, then the output. */
  readonly tensors: readonly Tensor[];
  /** One a tensor. */
  readonly places: readonly Place[];
  /** Whether a point with an operand outside its tensor adds nothing and is left out. */
  readonly skips: boolean;
}

const skipsOutside = ({ combine, reduce }: Operation): boolean =>
  reduce === "max" ||
  reduce === "min" ||
  combine === "first" ||
  (combine === "multiply" && (reduce === "add" || reduce === "assign"));

/** The loop at this depth and all inside; `last` is the depth of the innermost loop that moves the output. Depth −1 is outside all loops. */
function loopSource(nest: Nest, depth: number, last: number): string[] {
  const entered = nest.tensors.flatMap((tensor, t) => coordinates(nest, tensor, t, depth));
  const inner = depth + 1 < nest.order.length ? loopSource(nest, depth + 1, last) : pointSource(nest);
  const at = nest.places.at(-1)?.index ?? "0";
  const body =
    depth === last ? [...entered, `let sum = sums[${at}];`, ...inner, `sums[${at}] = sum;`] : [...entered, ...inner];
  if (depth < 0) return body;
  const variable = nest.order[depth] ?? 0;
  return [`for (let v${variable} = 0; v${variable} < ${nest.einsum.bounds[variable]}; v${variable}++) {`, ...body, "}"];
}

/** The coordinates of a tensor that are final in the loop at this depth, with their checks; after the last of them the word is read. */
function coordinates(nest: Nest, tensor: Tensor, t: number, depth: number): string[] {
  const { einsum, arithmetic, order, places, skips } = nest;
  const place = places[t] ?? new Place();
  const strides = stridesOf(tensor.shape);
  const lines: string[] = [];
  const parts: string[] = [];
  tensor.ranks.forEach((affine, axis) => {
    if (depthOf(affine, order) !== depth) return;
    const name = `i${t}_${axis}`;
    lines.push(`const ${name} = ${sourceOf(affine)};`);
    parts.push(`${name} * ${strides[axis]}`);
    const leaving = leavingTest(affine, tensor.shape[axis] ?? 1, einsum.bounds, name);
    if (leaving === "") return;
    if (skips || tensor.role === "output")
      lines.push(`if (${leaving}) ${depth < 0 ? "return overflowed" : "continue"};`);
    else place.outside.push(leaving);
  });
  if (parts.length > 0) {
    lines.push(`const at${t}_${depth + 1} = ${[place.index, ...parts].join(" + ")};`);
    place.index = `at${t}_${depth + 1}`;
  }
  const final = Math.max(-1, ...tensor.ranks.map((affine) => depthOf(affine, order)));
  if (depth !== final || tensor.role === "output") return lines;
  const read = `T${t}[${place.index}]`;
  const identity = identityOf(einsum.operation.reduce, arithmetic === "float");
  return [
    ...lines,
    `const x${t} = ${place.outside.length === 0 ? read : `${place.outside.join(" || ")} ? ${identity} : ${read}`};`,
  ];
}

const depthOf = (affine: Affine, order: readonly number[]): number =>
  affine.terms.reduce((deepest, { variable }) => Math.max(deepest, order.indexOf(variable)), -1);

const sourceOf = ({ terms, offset }: Affine): string =>
  [
    ...terms.map(({ variable, coefficient }) => (coefficient === 1 ? `v${variable}` : `${coefficient} * v${variable}`)),
    String(offset),
  ].join(" + ");

function leavingTest(affine: Affine, extent: number, bounds: readonly number[], name: string): string {
  const { low, high } = rangeOf(affine, bounds);
  return [...(low < 0 ? [`${name} < 0`] : []), ...(high >= extent ? [`${name} >= ${extent}`] : [])].join(" || ");
}

/** One point: combine the operands into `value`, reduce it into `sum`. */
function pointSource({ einsum, arithmetic, places }: Nest): string[] {
  const { combine, reduce, after } = einsum.operation;
  const operands = operandsOf(einsum).map((_, t) => `x${t}`);
  const [first = "0", ...rest] = operands;
  const lines = [`let value = ${first};`];
  for (const operand of combine === "first" ? [] : rest) {
    if (combine === "multiply") lines.push(...multiplied("value", operand, arithmetic));
    else lines.push(...kept("value", `value ${combine === "add" ? "+" : "-"} ${operand}`, arithmetic));
  }
  if (combine === "subtract-square") lines.push(...multiplied("value", "value", arithmetic));
  if (reduce === "multiply") lines.push(...multiplied("sum", "value", arithmetic));
  else lines.push(...kept("sum", reductionSource(reduce), arithmetic));
  if (after?.kind === "divide-by-count") lines.push(`counts[${places.at(-1)?.index ?? "0"}]++;`);
  return lines;
}

function reductionSource(reduce: Operation["reduce"]): string {
  if (reduce === "add") return "sum + value";
  if (reduce === "assign") return "value";
  return `Math.${reduce}(sum, value)`;
}

/** Assigns a sum, in 32 bits where the arithmetic is of integers. */
function kept(name: string, source: string, arithmetic: Arithmetic): string[] {
  if (arithmetic === "float") return [`${name} = ${source};`];
  if (arithmetic === "integer") return [`${name} = (${source}) | 0;`];
  return [`{ const exact = ${source}; ${name} = exact | 0; if (${name} !== exact) overflowed = true; }`];
}

/** Multiplies in place, in 32 bits where the arithmetic is of integers. */
function multiplied(name: string, by: string, arithmetic: Arithmetic): string[] {
  if (arithmetic === "float") return [`${name} = ${name} * ${by};`];
  if (arithmetic === "integer") return [`${name} = Math.imul(${name}, ${by});`];
  return [
    `{ const by = ${by}; const exact = ${name} * by; ${name} = Math.imul(${name}, by); if (${name} !== exact) overflowed = true; }`,
  ];
}
