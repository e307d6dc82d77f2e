import { expect } from "chai";
import { seeded } from "../../base/index.js";
import type { LegalMapping } from "../../mappings/index.js";
import { randomLegalMapping } from "../../mappings/index.js";
import { type Chain, type CountName, type Derivation, derive, predict } from "../../sim/model/index.js";
import { randomArchitecture, randomLayer } from "../witnesses/random-problems.js";
import { randomMapping } from "./random-mappings.js";

const COUNTS: readonly CountName[] = ["fills", "reads", "updates", "drains"];

/** What a reader with a pocket calculator finds. */
function recomputed({ summands }: Derivation): number {
  return summands.reduce((sum, { sign, instances, chain }) => sum + sign * instances * workedOut(chain), 0);
}
function workedOut({ start, steps }: Chain): number {
  return steps.reduce((words, { times, less }) => times * words - less, start);
}

/** Derives every count of a mapping; each is the model's. Tells how many there were. */
function check(mapping: LegalMapping, name: string): number {
  let checked = 0;
  for (const { level, classes, tiles } of predict(mapping).levels)
    for (const { tensor } of tiles)
      for (const count of COUNTS) {
        const counted = classes.reduce(
          (sum, { instances, tensors }) => sum + instances * (tensors.find((t) => t.tensor === tensor)?.[count] ?? 0),
          0,
        );
        const derivation = derive(mapping, { level, tensor, count });
        if (derivation === null) throw new Error(`${name}: nothing derived`);
        const about = `${name} level ${level} tensor ${tensor} ${count}`;
        expect(derivation.value, about).to.equal(counted);
        expect(recomputed(derivation), `${about}, worked out`).to.equal(counted);
        for (const { chain } of derivation.summands)
          for (const { reason, less } of chain.steps)
            if (reason !== "edge") expect(less, `${about}, ${reason}`).to.be.at.least(0);
        checked++;
      }
  return checked;
}

describe("derivations of counts", () => {
  it("end with the model's count, perfect or not, on random mappings of every kind", () => {
    const random = seeded(7);
    let checked = 0;
    for (let i = 0; i < 400; i++) checked += check(randomMapping(random, { isPerfect: i % 2 === 0 }), `mapping ${i}`);
    expect(checked).to.be.above(5000);
  });

  it("end with the model's count on the mapper's kind of mappings", () => {
    const random = seeded(11);
    for (let i = 0; i < 150; i++) {
      const mapping = randomLegalMapping(randomLayer(random), randomArchitecture(random), random, {
        imperfect: i % 2 === 0,
      });
      if (mapping !== null) check(mapping, `mapping ${i}`);
    }
  });
});
