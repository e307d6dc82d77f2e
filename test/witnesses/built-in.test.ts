import { expect } from "chai";
import { architectureNames, builtInArchitecture } from "../../arch-specs/index.js";
import { seeded } from "../../base/index.js";
import { randomLegalMapping } from "../../mappings/index.js";
import { expectAgreement, expectedOf } from "./agree.js";
import { layerOf } from "./spaces.js";

describe("model and machine, on the architectures of the library", () => {
  for (const text of ["conv:M=8,C=4,P=7,Q=7,R=3,S=3,Z=1,padding=free", "conv:M=12,C=6,P=6,Q=5,R=3,S=3,U=2,G=2"])
    it(`count the same words for ${text}`, () => {
      const layer = layerOf(text);
      const expected = expectedOf(layer.einsum);
      let mappings = 0;
      for (const name of architectureNames) {
        const built = builtInArchitecture(name);
        if (built?.ok !== true) throw new Error(`${name} is built in`);
        for (let seed = 0; seed < 2; seed++) {
          const mapping = randomLegalMapping(layer, built.value, seeded(seed), { imperfect: seed % 2 === 1 });
          if (mapping === null) continue;
          mappings++;
          expectAgreement(mapping, expected, `${name}, seed ${seed}`);
        }
      }
      expect(mappings).to.be.above(architectureNames.length);
    });
});
