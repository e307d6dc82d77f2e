import { expect } from "chai";
import { seeded } from "../../base/index.js";
import type { LegalMapping } from "../../mappings/index.js";
import { predict } from "../../sim/model/index.js";
import { randomMapping } from "./random-mappings.js";
import { walk } from "./walk.js";

const tell = (seed: number, mapping: LegalMapping): string =>
  `seed ${seed}: ${mapping.layer.name} ${JSON.stringify(mapping.layer.einsum.bounds)} ${JSON.stringify(mapping.nodes)}`;

describe("the model beside a plain walk over every step", () => {
  for (const [what, first, many, limits] of [
    ["perfect mappings", 0, 100, { isPerfect: true, padding: "counted" }],
    ["imperfect mappings", 1000, 300, { padding: "counted" }],
    ["mappings with free padding", 3000, 150, { padding: "free" }],
  ] as const)
    it(`agrees on every count of random ${what}`, () => {
      for (let seed = first; seed < first + many; seed++) {
        const mapping = randomMapping(seeded(seed), limits);
        expect(predict(mapping), tell(seed, mapping)).to.deep.equal(walk(mapping));
      }
    });
});
