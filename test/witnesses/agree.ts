import { isDeepStrictEqual } from "node:util";
import { expect } from "chai";
import type { LegalMapping } from "../../mappings/index.js";
import { compareOutputs, execute } from "../../sim/machine/index.js";
import { predict } from "../../sim/model/index.js";
import { type Einsum, reference, seededInputs, type Values } from "../../workloads/index.js";

/** The inputs of a layer and the output they should give. */
export interface Expected {
  readonly inputs: readonly Values[];
  readonly output: Values;
}

export function expectedOf(einsum: Einsum): Expected {
  const inputs = seededInputs(einsum, 1);
  return { inputs, output: reference(einsum, inputs) };
}

/** The formula's counts and the executed ones must be equal, to the last word, and the executed output right. */
export function expectAgreement(mapping: LegalMapping, { inputs, output }: Expected, what: string): void {
  const executed = execute(mapping, inputs);
  const predicted = predict(mapping);
  const { status } = compareOutputs(executed.output, output, mapping.layer.einsum);
  // Hundreds of thousands of mappings come by here: chai's slower comparison only has to say what differs.
  if (isDeepStrictEqual(predicted, executed.counts) && status === "exact") return;
  const { einsum, name } = mapping.layer;
  const bounds = einsum.variables.map((v, i) => `${v}=${einsum.bounds[i]}`);
  const told = `${what}: ${name} ${bounds}\n${JSON.stringify(mapping.nodes)}`;
  expect(predicted, told).to.deep.equal(executed.counts);
  expect(status, told).to.equal("exact");
}
