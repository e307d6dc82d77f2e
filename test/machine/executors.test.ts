import { expect } from "chai";
import { compareOutputs, execute, executePlainly } from "../../sim/machine/index.js";
import { reference, seededInputs } from "../../workloads/index.js";
import { randomProblem } from "./random.js";

describe("executing in bulk", () => {
  it("gives the right output, and counts what executing word by word counts", () => {
    for (let seed = 1; seed <= 200; seed++) {
      const mapping = randomProblem(seed);
      const { einsum } = mapping.layer;
      const inputs = seededInputs(einsum, seed);
      const expected = reference(einsum, inputs);
      const [plain, fast] = [executePlainly(mapping, inputs), execute(mapping, inputs)];
      expect(fast.counts, `counts of seed ${seed}`).to.deep.equal(plain.counts);
      for (const { output } of [plain, fast])
        expect(compareOutputs(output, expected, einsum).status, `output of seed ${seed}`).to.not.equal("failed");
    }
  });
});
