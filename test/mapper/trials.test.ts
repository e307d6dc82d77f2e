import { expect } from "chai";
import { verdictOf } from "./trial.js";
import { KINDS, type Kind, textOf, trialFrom } from "./trial-problems.js";

/** Mappings listed, and times that a search may ask whether it is to go on: the same on every machine. */
const MOST = 500;
const PATIENCE = 300;

function tryAll(kind: Kind, from: number, to: number): number {
  let held = 0;
  for (let seed = from; seed < to; seed++) {
    const trial = trialFrom(kind, seed);
    let asked = 0;
    const { outcome, failure } = verdictOf(trial, { most: MOST, cancelled: () => ++asked > PATIENCE });
    expect(failure, textOf(trial)).to.equal(null);
    if (outcome === "all" || outcome === "some") held++;
  }
  return held;
}

describe("what the mapper claims of random problems", () => {
  for (const kind of KINDS)
    it(`holds against every mapping that is tried: ${kind}`, () => {
      expect(tryAll(kind, 1, 9)).to.be.greaterThan(2);
    }).timeout(600_000);
});
