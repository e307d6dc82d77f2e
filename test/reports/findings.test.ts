import { expect } from "chai";
import { architectureNames, builtInArchitecture } from "../../arch-specs/index.js";
import { seeded } from "../../base/index.js";
import {
  checkLegality,
  type LegalMapping,
  type MappingNode,
  randomLegalMapping,
  toMapping,
} from "../../mappings/index.js";
import {
  bindingOf,
  type Contest,
  contestFigures,
  contestText,
  dataflowFindings,
  explainCycles,
  explainEnergy,
  type Finding,
  findingsText,
  plainPaint,
  printContestsCsv,
  printFindingsCsv,
  resultOf,
} from "../../reports/index.js";
import { predict } from "../../sim/model/index.js";
import { price } from "../../sim/pricing/index.js";
import { parseInlineLayer } from "../../workloads/index.js";
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

describe("an explanation", () => {
  it("of the energy adds up to it, leakage and networks included", () => {
    const layer = valueFrom(parseInlineLayer("conv:N=1,M=4,C=4,P=4,Q=4,R=3,S=3")).layers[0];
    for (const name of architectureNames) {
      const architecture = valueFrom(builtInArchitecture(name));
      const legal =
        layer === undefined ? null : randomLegalMapping(layer, architecture, seeded(5), { imperfect: false });
      if (legal === null) continue;
      const counts = predict(legal);
      const priced = price(counts, legal);
      const { summands, value } = explainEnergy(legal, counts, priced, null);
      const sum = summands.reduce((total, summand) => total + summand.value, 0);
      expect(value, name).to.equal(priced.energy);
      expect(sum, name).to.be.closeTo(priced.energy, 1e-9 * priced.energy);
      expect(explainCycles(legal, counts, priced).summands[0]?.value, name).to.equal(priced.cycles);
    }
  });
});

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
