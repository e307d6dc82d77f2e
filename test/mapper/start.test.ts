import { expect } from "chai";
import { search } from "../../mapper/index.js";
import { everyLegalMapping } from "../../mappings/index.js";
import { costOf, problemFrom } from "./problems.js";

describe("a search that starts from a known mapping", () => {
  it("never answers with a worse one, however soon it is stopped", () => {
    for (const seed of [3, 7, 12, 26]) {
      const { title, layer, architecture, objective } = problemFrom(seed);
      const options = { objective, dataflow: null, costOf, gap: 0, progress: () => undefined };
      const whole = search(layer, architecture, { ...options, cancelled: () => false });
      if (whole.mapping === null || whole.cost === null) throw new Error(`${title} has no mapping`);
      const again = search(layer, architecture, { ...options, start: whole.mapping, cancelled: () => true });
      expect(again.cost?.value, title).to.equal(whole.cost.value);
      expect(again.lowerBound, title).to.be.at.most(whole.cost.value);
      const [first] = everyLegalMapping(layer, architecture);
      const better = search(layer, architecture, { ...options, start: first ?? null, cancelled: () => false });
      expect(better.cost?.value, title).to.be.closeTo(whole.cost.value, 1e-9 * whole.cost.value);
      expect(better.status, title).to.equal("optimal");
    }
  });
});
