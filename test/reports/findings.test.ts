import { expect } from "chai";
import { checkLegality, type LegalMapping, type MappingNode, toMapping } from "../../mappings/index.js";
import {
  bindingOf,
  type Contest,
  contestFigures,
  contestText,
  dataflowFindings,
  type Finding,
  findingsText,
  plainPaint,
  printContestsCsv,
  printFindingsCsv,
  resultOf,
} from "../../reports/index.js";
import { predict } from "../../sim/model/index.js";
import { price } from "../../sim/pricing/index.js";
import { expectGolden } from "../cli/program.js";
import { sampleMapping, sampleResult, valueFrom } from "./sample.js";

function bindingIn(legal: LegalMapping): readonly Finding[] {
  const counts = predict(legal);
  return bindingOf(legal, counts, price(counts, legal));
}

/** The sample with some nodes changed. */
function changed(change: (nodes: readonly MappingNode[]) => readonly MappingNode[]): LegalMapping {
  const { layer, architecture, ...rest } = sampleMapping();
  return valueFrom(
    checkLegality({ nodes: change(toMapping({ layer, architecture, ...rest }).nodes) }, layer, architecture),
  );
}

describe("findings", () => {
  it("say what is full, what is slowest, what costs most, and what other dataflows reach", () => {
    const dataflows = dataflowFindings(100, [
      { name: "ws", isObeyed: false, value: 130, says: "certified optimum" },
      { name: "rs", isObeyed: true, value: 100, says: "certified optimum" },
      { name: "os", isObeyed: false, value: null, says: "PE must keep Weights" },
      { name: "nlr", isObeyed: false, value: 110, says: "at most 2.0 % above the optimum" },
    ]);
    expect(dataflows.map(({ name, binds }) => [name, binds])).to.deep.equal([
      ["rs", false],
      ["nlr", true],
      ["ws", false],
      ["os", false],
    ]);
    const findings = [...bindingIn(sampleMapping()), ...dataflows];
    const result = { ...sampleResult(), objective: "edp", findings };
    expectGolden("findings/table.txt", `${findingsText(result, plainPaint)}\n`);
    expectGolden("findings/findings.csv", printFindingsCsv([result]));
  });

  it("call a capacity full exactly where no tile in it can grow", () => {
    const legal = sampleMapping();
    for (const { kind, name, binds, limit, value } of bindingIn(legal)) {
      if (kind !== "capacity" || limit === null || value === null) continue;
      const { architecture } = legal;
      const i = architecture.levels.findIndex((level) => level.name === name);
      const level = architecture.levels[i];
      if (level?.kind !== "storage") throw new Error(name);
      const exact = { ...level, capacity: { kind: "shared", words: value } } as const;
      const tight = { ...legal, architecture: { ...architecture, levels: architecture.levels.with(i, exact) } };
      const found = bindingIn(tight).find((finding) => finding.name === name);
      expect([name, found?.binds, binds]).to.deep.equal([name, found?.says !== "holds all that there is", false]);
    }
  });
});

describe("a contest", () => {
  it("is told level by level, tensor by tensor, and adds up", () => {
    const best = sampleMapping();
    const yours = changed((nodes) =>
      nodes
        .map((node) => (node.kind === "for" && node.variable === "m" ? { ...node, by: 1 } : node))
        .filter((node) => node.kind !== "spatial" || node.variable !== "m"),
    );
    const priced = (legal: LegalMapping) =>
      resultOf(legal, price(predict(legal), legal), { workload: "w", conventions: "loopwright" });
    const figures = contestFigures(priced(best), priced(yours));
    const parts = figures.filter(({ unit, name }) => unit === "pJ" && name !== "energy");
    const lost = parts.reduce((sum, part) => sum + part.yours - part.best, 0);
    expect(lost).to.be.closeTo(priced(yours).energy_pJ - priced(best).energy_pJ, 1e-6);
    const contest: Contest = { best: 1, yours: 2, outcome: "behind", says: ["100.0 % worse than the best"], figures };
    expectGolden("findings/contest.txt", `${contestText(contest, "edp", plainPaint)}\n`);
    expectGolden("findings/contest.csv", printContestsCsv([{ ...priced(best), objective: "edp", contest }]));
  });
});
