import { expect } from "chai";
import { atLeast, contestOf } from "../../cli/beat.js";
import { readDataflow } from "../../cli/find.js";
import { checkLegality, type LegalMapping, toMapping } from "../../mappings/index.js";
import type { LayerResult, SearchSummary } from "../../reports/index.js";
import { sampleMapping, sampleResult, valueFrom } from "../reports/sample.js";

const EDP = { name: "edp", energyPower: 1, delayPower: 1 };

/** The sample as the user's, against an answer that claims to be twice as bad, with this proof. */
function against(search: Partial<SearchSummary>) {
  const legal = sampleMapping();
  const real = sampleResult();
  const proof: SearchSummary = {
    status: "gap",
    lowerBound: 0,
    gap: 0.5,
    mapspace: "",
    evaluated: 1,
    seconds: 0,
    ...search,
  };
  const result: LayerResult = { ...real, energy_pJ: 2 * real.energy_pJ, search: proof };
  return contestOf({ legal, result }, legal, EDP, valueFrom(readDataflow("any")));
}

describe("a mapping of the user's that is better than the answer", () => {
  it("is within the gap where the search was cut short", () => {
    const { contest, isBug } = against({});
    expect([contest.outcome, isBug]).to.deep.equal(["ahead", false]);
    expect(contest.says[1]).to.contain("cut short");
  });

  it("is a bug where it is below what was proven", () => {
    const { contest, isBug } = against({ status: "optimal", gap: 0, lowerBound: 2 * sampleResult().edp });
    expect([contest.outcome, isBug]).to.deep.equal(["ahead", true]);
    expect(contest.says[1]).to.contain("a bug of the program");
  });

  it("becomes the answer, with the gap that is proven for it", () => {
    const yours = sampleMapping();
    const { edp } = sampleResult();
    const worse = changed(yours);
    const search: SearchSummary = {
      status: "gap",
      lowerBound: edp / 4,
      gap: 0.9,
      mapspace: "",
      evaluated: 1,
      seconds: 0,
    };
    const found = {
      ...{ workload: "w", layer: yours.layer, dataflow: "any" },
      outcome: { ok: true, value: { legal: worse, search } },
    } as const;
    const any = valueFrom(readDataflow("any"));
    const better = atLeast(found, yours, EDP, any);
    if (better.outcome === null || !better.outcome.ok) throw new Error("nothing found");
    expect(better.outcome.value.legal).to.equal(yours);
    expect(better.outcome.value.search.gap).to.be.closeTo(0.75, 1e-9);
    expect(
      atLeast({ ...found, outcome: { ok: true, value: { legal: yours, search } } }, worse, EDP, any).outcome,
    ).to.deep.equal({ ok: true, value: { legal: yours, search } });
  });
});

/** The same with its multicast along y given up: slower and dearer. */
function changed({ layer, architecture, ...rest }: LegalMapping): LegalMapping {
  const nodes = toMapping({ layer, architecture, ...rest }).nodes.flatMap((node) =>
    node.kind === "spatial" && node.variable === "m" ? [] : [node],
  );
  return valueFrom(checkLegality({ nodes: [...nodes, { kind: "for", variable: "m", by: 1 }] }, layer, architecture));
}
