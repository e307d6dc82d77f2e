import { expect } from "chai";
import { architectureNames, builtInArchitecture } from "../../arch-specs/index.js";
import { seeded } from "../../base/index.js";
import { randomLegalMapping } from "../../mappings/index.js";
import { execute, executePlainly } from "../../sim/machine/index.js";
import { type Layer, parseInlineLayer, reference, seededInputs } from "../../workloads/index.js";

function inline(text: string): Layer {
  const parsed = parseInlineLayer(text);
  const layer = parsed.ok ? parsed.value.layers[0] : undefined;
  if (layer === undefined) throw new Error(text);
  return layer;
}

describe("the machine on the built-in architectures", () => {
  const layers = [
    inline("conv:N=1,M=6,C=4,P=4,Q=5,R=3,S=3,Z=1"),
    inline("conv:N=2,M=4,C=3,P=3,Q=4,R=3,S=2,Z=1,U=2,padding=free"),
    inline("gemm:M=12,N=5,K=9"),
  ];
  for (const name of architectureNames)
    it(`executes random mappings on ${name}`, () => {
      const architecture = builtInArchitecture(name);
      if (architecture?.ok !== true) throw new Error(name);
      for (const [i, layer] of layers.entries())
        for (const imperfect of [false, true]) {
          const mapping = randomLegalMapping(layer, architecture.value, seeded(i), { imperfect });
          if (mapping === null) continue;
          const inputs = seededInputs(layer.einsum, i);
          const fast = execute(mapping, inputs);
          expect(fast.output).to.deep.equal(reference(layer.einsum, inputs));
          if (imperfect === (i === 1)) expect(fast.counts).to.deep.equal(executePlainly(mapping, inputs).counts);
        }
    });
});
