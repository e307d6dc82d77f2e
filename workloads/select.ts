import picomatch from "picomatch";
import { type Diagnostic, failed, inArgument, ok, type Result } from "../base/index.js";
import type { Einsum, Layer, Workload } from "./einsum.js";
import * as messages from "./messages.js";

/** The layers whose name matches one of the patterns (globs: `conv3_*`), in the workload's order. A pattern that matches nothing is a mistake. */
export function selectLayers(workload: Workload, patterns: readonly string[]): Result<Workload> {
  const names = workload.layers.map((layer) => layer.name);
  const chosen = selectNames(names, patterns, workload.name);
  if (!chosen.ok) return chosen;
  return ok({ ...workload, layers: workload.layers.filter((layer) => chosen.value.has(layer.name)) });
}

/** The names that match one of the patterns; `softmax` takes the layers that it consists of, too. */
export function selectNames(
  names: readonly string[],
  patterns: readonly string[],
  owner: string,
): Result<ReadonlySet<string>> {
  const chosen = new Set<string>();
  const problems: Diagnostic[] = [];
  for (const pattern of patterns) {
    const matches = names.filter(
      (name) => name === pattern || name.startsWith(`${pattern}.`) || matchesGlob(name, pattern),
    );
    for (const name of matches) chosen.add(name);
    if (matches.length === 0) problems.push(messages.nothingMatches(inArgument(owner, "layers"), pattern, names));
  }
  return problems.length > 0 ? failed(problems) : ok(chosen);
}

function matchesGlob(name: string, pattern: string): boolean {
  if (pattern === "" || pattern.length > 1000) return false;
  return picomatch.isMatch(name, pattern, { bash: true, dot: true });
}

/**
 * A text that is the same for two layers exactly when every mapping of one does the same on the other: variables, bounds, tensors, operation.
 * Names and repeats of the layers do not count.
 */
export function shapeKey(layer: Layer): string {
  const { variables, bounds, tensors, operation, padding, accumulator }: Einsum = layer.einsum;
  const parts = tensors.map(({ name, alias, role, ranks, shape, type }) => [
    name,
    alias,
    role,
    ranks.map(({ terms, offset }) => [offset, ...terms.map((term) => [term.variable, term.coefficient])]),
    shape,
    [type.kind, type.bits],
  ]);
  const { combine, reduce, start, after } = operation;
  return JSON.stringify([
    variables,
    bounds,
    parts,
    combine,
    reduce,
    start,
    after,
    padding,
    accumulator.kind,
    accumulator.bits,
  ]);
}

/** Whether one mapping fits both layers and costs the same. */
export const sameShape = (a: Layer, b: Layer): boolean => shapeKey(a) === shapeKey(b);
