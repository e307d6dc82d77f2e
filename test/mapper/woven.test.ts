import { expect } from "chai";
import { parseArchitecture } from "../../arch-specs/index.js";
import { parseObjective, search } from "../../mapper/index.js";
import { everyLegalMapping } from "../../mappings/index.js";
import { parseInlineLayer } from "../../workloads/index.js";
import { costOf } from "./problems.js";

const TEXT = `name: overlaps
source: a test
clock: 1 GHz
levels:
  - storage: L0
    keeps: all
    energy: {read: 30 pJ, write: 34 pJ}
  - storage: L1
    capacity: 4 word
    mayKeep: [Inputs, Weights]
    reuse: overlap
    energy: {read: 1 pJ, write: 5 pJ}
  - compute: MAC
    energy: 1 pJ
`;

describe("a buffer that keeps every overlap of two windows", () => {
  it("has a bound, but no proof where orders that take turns among the windows were not tried", () => {
    const [parsed, architecture, objective] = [
      parseInlineLayer("conv:N=1,M=1,C=1,P=4,Q=2,R=2,S=2"),
      parseArchitecture(TEXT, "overlaps.yaml"),
      parseObjective("energy"),
    ];
    const layer = parsed.ok ? parsed.value.layers[0] : undefined;
    if (layer === undefined || !architecture.ok || objective === null) throw new Error("not a problem");
    let least = Number.POSITIVE_INFINITY;
    for (const mapping of everyLegalMapping(layer, architecture.value)) least = Math.min(least, costOf(mapping).energy);
    const found = search(layer, architecture.value, {
      ...{ objective, dataflow: null, costOf, gap: 0 },
      cancelled: () => false,
      progress: () => undefined,
    });
    expect(found.status).to.equal("gap");
    expect(found.lowerBound).to.be.at.most(least);
    expect(found.cost?.value).to.be.at.least(least);
  });
});
