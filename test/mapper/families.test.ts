import { expect } from "chai";
import { limitsOf } from "../../mapper/limits.js";
import { problemOf } from "../../mapper/problem.js";
import { everyLegalMapping, isEvenNest, type LegalMapping } from "../../mappings/index.js";
import { isPromised, keyOfMapping, promisesOf } from "./promises.js";
import { isLoose, type Ready, readyFrom } from "./trial.js";
import { type Kind, textOf, trialFrom } from "./trial-problems.js";

/** Problems with more legal mappings are left to other seeds. */
const MOST = 400;

/** Every legal mapping that the conventions have words for; null where they are too many. */
function mappingsOf({ layer, architecture, dataflow }: Ready, conventions: "loopwright" | "timeloop" | "accelforge") {
  const orders = conventions === "accelforge" ? ("all" as const) : ("distinct" as const);
  const options = { conventions, orders, ...(dataflow === null ? {} : { dataflow }) };
  const mappings: LegalMapping[] = [];
  let begun = 0;
  const isWanted = (): boolean => ++begun <= 30 * MOST;
  for (const mapping of everyLegalMapping(layer, architecture, { ...options, isWanted })) {
    mappings.push(mapping);
    if (mappings.length > MOST) return null;
  }
  return begun > 30 * MOST ? null : mappings.filter((one) => conventions !== "timeloop" || isEvenNest(one));
}

/** How many mappings were held against what their families promise. */
function holdAll(kind: Kind, seed: number): number {
  const trial = trialFrom(kind, seed);
  const ready = readyFrom(trial);
  if (ready === null || isLoose(trial, ready)) return 0;
  const mappings = mappingsOf(ready, trial.conventions);
  if (mappings === null || mappings.length === 0) return 0;
  const problem = problemOf(ready.layer, ready.architecture, trial.conventions);
  const promises = promisesOf(problem, limitsOf(problem, ready.resolved), ready.objective);
  if (promises === null) return 0;
  for (const mapping of mappings) {
    const key = keyOfMapping(problem, mapping);
    const spent = ready.costOf(mapping);
    if (isPromised(promises, key, spent)) continue;
    expect.fail(`${textOf(trial)}\n${key}: ${JSON.stringify(spent)}, promised ${JSON.stringify(promises.get(key))}`);
  }
  return mappings.length;
}

describe("what order families promise", () => {
  for (const kind of ["perfect", "dataflow", "timeloop", "accelforge"] as const)
    it(`is as good as every mapping with the same keeps and the same use of fan-outs, in energy and in cycles: ${kind}`, () => {
      let held = 0;
      for (let seed = 1; seed <= 24; seed++) held += holdAll(kind, seed);
      expect(held).to.be.greaterThan(200);
    }).timeout(600_000);
});
