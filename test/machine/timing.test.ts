import { expect } from "chai";
import { executePlainly, executeTimed } from "../../sim/machine/index.js";
import { nestOf } from "../../sim/machine/nest.js";
import { PlainRecorder } from "../../sim/machine/plain/recorder.js";
import { PlainSchedule } from "../../sim/machine/plain/schedule.js";
import { routesOf } from "../../sim/machine/timing/routes.js";
import { seededInputs } from "../../workloads/index.js";
import { timedProblem } from "./timing-problems.js";

describe("timed execution", () => {
  it("tells what executing word by word moves, and takes the times that the rules say", () => {
    for (let seed = 1; seed <= 150; seed++) {
      const mapping = timedProblem(seed);
      const { einsum } = mapping.layer;
      const inputs = seededInputs(einsum, seed);
      const routes = routesOf(nestOf(mapping));
      const plain = new PlainSchedule(routes);
      const recorder = new PlainRecorder(einsum, routes, plain);
      const { counts } = executePlainly(mapping, inputs, {}, recorder);
      const end = plain.finish(recorder.next);
      const timed = executeTimed(mapping, inputs);
      expect(timed.counts, `counts of seed ${seed}`).to.deep.equal(counts);
      expect(timed.timing.cycles, `cycles of seed ${seed}`).to.equal(end / routes.ticksPerCycle);
    }
  });
});
