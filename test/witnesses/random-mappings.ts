import { seeded } from "../../base/index.js";
import { randomLegalMapping } from "../../mappings/index.js";
import { expectAgreement, expectedOf } from "./agree.js";
import { randomArchitecture, randomLayer } from "./random-problems.js";

/** Holds the witnesses together on random problems, four mappings each, and tells how many there were. */
export function checkRandom(firstSeed: number, problems: number, imperfect: boolean): number {
  let mappings = 0;
  for (let seed = firstSeed; seed < firstSeed + problems; seed++) {
    const random = seeded(seed);
    const layer = randomLayer(random);
    const architecture = randomArchitecture(random);
    const expected = expectedOf(layer.einsum);
    for (let i = 0; i < 4; i++) {
      const mapping = randomLegalMapping(layer, architecture, random, { imperfect });
      if (mapping === null) continue;
      mappings++;
      expectAgreement(mapping, expected, `seed ${seed}.${i}`);
    }
  }
  return mappings;
}
