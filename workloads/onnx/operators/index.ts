import { steps } from "../../steps/index.js";
import { adapted } from "./adapted.js";
import type { Lowering } from "./call.js";
import { convolutions } from "./convolutions.js";
import { einsums } from "./einsums.js";
import { pools } from "./pools.js";
import { products } from "./products.js";
import { recurrentNetworks } from "./recurrent.js";
import { refused } from "./refused.js";

export type { Call, Lowering } from "./call.js";

/** Operators that become layers, each with what else it needs. */
const heavy: ReadonlyMap<string, Lowering> = new Map<string, Lowering>(
  [convolutions, products, einsums, pools, recurrentNetworks].flatMap((table) => Object.entries(table)),
);
const changed: ReadonlyMap<string, Lowering> = new Map<string, Lowering>(Object.entries(adapted));

/** Steps that are none of ONNX' operators. */
const OWN_STEPS: ReadonlySet<string> = new Set(["Gradient", "LayerSlopes", "MaxPoolIndices"]);

/** An operator that can be run, and how. */
export interface SupportedOperator {
  readonly name: string;
  /** Whether it becomes layers, which the machine runs. */
  readonly isHeavy: boolean;
}

/** Operators whose nodes hold graphs, which `buildGraph` walks itself. */
export const CONTROL_FLOW: readonly string[] = ["If", "Loop", "Scan"];

/** Every operator that can be run, by name. */
export const supportedOperators: readonly SupportedOperator[] = [
  ...[...heavy.keys()].map((name) => ({ name, isHeavy: true })),
  ...[...new Set([...changed.keys(), ...steps.keys(), ...CONTROL_FLOW])]
    .filter((name) => !OWN_STEPS.has(name) && !heavy.has(name))
    .map((name) => ({ name, isHeavy: false })),
].sort((a, b) => (a.name < b.name ? -1 : 1));

/** Operators that are outside of the product, with the reason. */
export const refusedOperators: ReadonlyMap<string, string> = refused;

/** How an operator is lowered; null where it cannot be run. */
export function loweringOf(operator: string): Lowering | null {
  const lowering = heavy.get(operator) ?? changed.get(operator);
  if (lowering !== undefined) return lowering;
  if (!steps.has(operator) || OWN_STEPS.has(operator)) return null;
  return (call) => call.builder.step(operator, call.inputs, call.outputs, call.attributes);
}

/** Why an operator cannot be run. */
export const reasonFor = (operator: string, domain: string): string =>
  refused.get(operator) ??
  (domain === "" || domain.startsWith("ai.onnx")
    ? "nobody has needed it so far"
    : `it is not one of ONNX' own operators (its domain is ${domain})`);
