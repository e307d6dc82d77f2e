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
  const { einsum } = mapping.layer;
  const executed = execute(mapping, inputs);
  const told = `${what}: ${mapping.layer.name} ${einsum.variables.map((v, i) => `${v}=${einsum.bounds[i]}`)}\n${JSON.stringify(mapping.nodes)}`;
  expect(predict(mapping), told).to.deep.equal(executed.counts);
  expect(compareOutputs(executed.output, output, einsum).status, told).to.equal("exact");
}
