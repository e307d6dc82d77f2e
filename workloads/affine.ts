import type { Affine, AffineTerm } from "./einsum.js";

/** The least and the greatest value of an expression while each variable runs over [0, bound). */
export function rangeOf(affine: Affine, bounds: readonly number[]): { readonly low: number; readonly high: number } {
  let low = affine.offset;
  let high = affine.offset;
  for (const { variable, coefficient } of affine.terms) {
    const reach = coefficient * ((bounds[variable] ?? 1) - 1);
    if (reach < 0) low += reach;
    else high += reach;
  }
  return { low, high };
}

/** Σ coefficient·point[variable] + offset. */
export function valueAt(affine: Affine, point: readonly number[]): number {
  let value = affine.offset;
  for (const { variable, coefficient } of affine.terms) value += coefficient * (point[variable] ?? 0);
  return value;
}

/** An expression from its coefficients by variable; zero coefficients vanish, variables ascend. */
export function affineOf(coefficients: ReadonlyMap<number, number>, offset: number): Affine {
  const terms: AffineTerm[] = [...coefficients]
    .filter(([, coefficient]) => coefficient !== 0)
    .sort(([a], [b]) => a - b)
    .map(([variable, coefficient]) => ({ variable, coefficient }));
  return { terms, offset };
}

/** `2*p + r - 1`: an expression as the text form writes it. */
export function printAffine(affine: Affine, variables: readonly string[]): string {
  let text = "";
  for (const { variable, coefficient } of affine.terms) {
    const size = Math.abs(coefficient);
    const factor = `${size === 1 ? "" : `${size}*`}${variables[variable] ?? `v${variable}`}`;
    if (text === "") text = coefficient < 0 ? `-${factor}` : factor;
    else text += coefficient < 0 ? `-${factor}` : `+${factor}`;
  }
  if (text === "") return String(affine.offset);
  if (affine.offset === 0) return text;
  return affine.offset < 0 ? `${text}${affine.offset}` : `${text}+${affine.offset}`;
}
