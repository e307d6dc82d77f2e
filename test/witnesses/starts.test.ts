import { expect } from "chai";
import { seeded } from "../../base/index.js";
import { randomLegalMapping } from "../../mappings/index.js";
import { execute, executePlainly } from "../../sim/machine/index.js";
import { predict } from "../../sim/model/index.js";
import { type Einsum, type Layer, parseInlineLayer, reference, seededInputs, withBias } from "../../workloads/index.js";
import { randomArchitecture } from "./random-problems.js";

const biased = (text: string, channels: readonly string[]): Layer => {
  const parsed = parseInlineLayer(text);
  const layer = parsed.ok ? parsed.value.layers[0] : undefined;
  const einsum: Einsum | undefined = layer === undefined ? undefined : withBias(layer.einsum, channels);
  if (layer === undefined || einsum === undefined) throw new Error(text);
  return { ...layer, einsum };
};

describe("reductions that start from a bias", () => {
  const layers = [
    biased("gemm:M=4,N=5,K=6", ["n"]),
    biased("conv:N=2,M=3,C=4,P=3,Q=2,R=2,S=3,Z=1", ["m"]),
    biased("conv:N=1,M=4,C=4,G=2,P=4,Q=3,R=3,S=1,padding=free", ["g", "m"]),
    biased("conv1d:M=4,C=3,P=7,R=3,U=2", ["m"]),
    biased("einsum:'O[m,n] max= A[m,k] - B[n,k]',M=3,N=4,K=5", ["m"]),
  ];
  for (const imperfect of [false, true])
    it(`are asked for by beginnings alone, in formula, bulk and word by word (${imperfect ? "any" : "even"} tiles)`, () => {
      let mappings = 0;
      for (let seed = 0; seed < 60; seed++) {
        const random = seeded(seed + (imperfect ? 1000 : 0));
        const layer = random.pick(layers);
        const mapping = randomLegalMapping(layer, randomArchitecture(random), random, { imperfect });
        if (mapping === null) continue;
        mappings++;
        const inputs = seededInputs(layer.einsum, seed);
        const executed = execute(mapping, inputs);
        const told = `seed ${seed}: ${layer.name} ${JSON.stringify(mapping.nodes)}`;
        expect([...executed.output], told).to.deep.equal([...reference(layer.einsum, inputs)]);
        expect(executed, told).to.deep.equal(executePlainly(mapping, inputs));
        expect(predict(mapping), told).to.deep.equal(executed.counts);
      }
      expect(mappings).to.be.above(40);
    });
});
