import { seeded } from "../../base/index.js";
import { randomLegalMapping } from "../../mappings/index.js";
import { expectAgreement, expectedOf } from "./agree.js";
import { randomArchitecture, randomLayer } from "./random-problems.js";

/** Problems, each with so many mappings. */
const PROBLEMS = 250;
const MAPPINGS = 4;

describe("model and machine, on random mappings", () => {
  for (const imperfect of [false, true])
    it(`count the same words where tiles ${imperfect ? "need not" : ""} divide their extents`, () => {
      for (let seed = 0; seed < PROBLEMS; seed++) {
        const random = seeded(imperfect ? seed : 50_000 + seed);
        const layer = randomLayer(random);
        const architecture = randomArchitecture(random);
        const expected = expectedOf(layer.einsum);
        for (let i = 0; i < MAPPINGS; i++) {
          const mapping = randomLegalMapping(layer, architecture, random, { imperfect });
          if (mapping !== null) expectAgreement(mapping, expected, `seed ${seed}.${i}`);
        }
      }
    });
});
