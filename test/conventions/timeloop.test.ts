import { readFileSync } from "node:fs";
import { join } from "node:path";
import { expect } from "chai";
import { seeded } from "../../base/index.js";
import { randomLegalMapping } from "../../mappings/index.js";
import { evaluateAsTimeloop, type TimeloopEvaluation } from "../../sim/conventions/index.js";
import { predict } from "../../sim/model/index.js";
import { price } from "../../sim/pricing/index.js";
import { conv, gemm, textbook } from "../mappings/fixtures.js";
import {
  type Accesses,
  asFiles,
  casesIn,
  corpus,
  type Figures,
  filesOf,
  isCorpusThere,
  legalFrom,
  sample,
  type Triple,
  triplesIn,
} from "./timeloop-files.js";

/** What stats.txt says of one data space. */
interface Printed {
  readonly utilized_capacity: number;
  readonly utilized_instances: number;
  readonly reads_per_instance: number;
  readonly fills_per_instance: number;
  readonly updates_per_instance: number;
  readonly energy_per_instance_pJ: number;
  readonly energy_pJ: number;
}
interface Summary {
  readonly cycles: number;
  readonly utilization: number;
  /** In the sample; the corpus has it as `energy_pJ_from_fJ_per_compute`. */
  readonly energy_pJ: number;
  readonly energy_pJ_from_fJ_per_compute?: number;
  readonly macs: number;
  readonly env?: Readonly<Record<string, string>>;
  readonly levels: Readonly<
    Record<string, { readonly cycles: number; readonly dataspaces?: Readonly<Record<string, Printed>> }>
  >;
}

describe("Timeloop's conventions", () => {
  it("print what timeloop-model prints for recorded cases, to the digit", () => {
    for (const name of casesIn(sample)) agrees(name, sample, "expected.json");
  });

  it("print the counts of random designs, with link transfers and without", () => {
    for (const triple of triplesIn(join(sample, "designs.jsonl"))) matches(triple);
  });

  it("count as the model does when it, too, extrapolates: two accounts, written apart, of any loop tree", () => {
    const random = seeded(11);
    const architecture = textbook(8192, 256);
    for (let i = 0; i < 300; i++) {
      const layer = random.pick([
        conv({ n: 2, m: 4, c: 2, p: 6, q: 4, r: 3, s: 3 }),
        conv({ m: 4, c: 3, p: 4, q: 3, r: 2, s: 3 }, 2),
        gemm({ m: 6, n: 4, k: 8 }),
      ]);
      const legal = randomLegalMapping(layer, architecture, random, { imperfect: false });
      if (legal === null) continue;
      const model = price(predict(legal, { visits: "extrapolated" }), legal);
      for (const { level, name, tensors } of evaluateAsTimeloop(legal, { linkTransfers: false }).levels)
        for (const t of tensors) {
          const counted = model.levels
            .find((l) => l.level === level)
            ?.tensors.find((other) => other.tensor === t.tensor);
          const what = `mapping ${i}: ${t.name} at ${name}`;
          const printed = [t.reads, t.fills, t.updates].map((words) => words * t.instances);
          expect(printed, what).to.deep.equal([counted?.reads, counted?.fills, counted?.updates]);
        }
    }
  });

  if (isCorpusThere())
    it("agree with the whole corpus", () => {
      for (const name of casesIn(corpus)) agrees(name, corpus, "summary.json");
      for (const triple of triplesIn(join(corpus, "fuzz.jsonl"))) matches(triple);
    });
});

function agrees(name: string, folder: string, file: string): void {
  const summary: Summary = JSON.parse(readFileSync(join(folder, "cases", name, file), "utf8"));
  const updatedRmw = summary.env?.["TIMELOOP_ENABLE_UPDATED_RMW"] === "1";
  const options = { linkTransfers: !name.endsWith("nolink"), updatedRmw };
  const { evaluation, levels } = evaluateAsTimeloop(legalFrom(filesOf(folder, name)), options);
  expect(evaluation.cycles, `${name}: cycles`).to.equal(summary.cycles);
  expect(evaluation.macs, `${name}: macs`).to.equal(summary.macs);
  expect(evaluation.utilization, `${name}: utilization`).to.be.closeTo(summary.utilization, 0.00501);
  // Timeloop prints femtojoules a MAC with two digits.
  const total = summary.energy_pJ_from_fJ_per_compute ?? summary.energy_pJ;
  expect(evaluation.energy, `${name}: energy`).to.be.closeTo(total, evaluation.macs * 5.01e-6 + 0.00501);
  for (const { name: level, cycles, tensors } of levels) {
    const printed = summary.levels[level];
    expect(cycles, `${name}: cycles of ${level}`).to.equal(printed?.cycles);
    expect(tensors.map((t) => t.name).sort(), `${name}: ${level}`).to.deep.equal(
      Object.keys(printed?.dataspaces ?? {}).sort(),
    );
    for (const t of tensors) {
      const of = printed?.dataspaces?.[t.name];
      const what = `${name}: ${t.name} in ${level}`;
      const expected = [of?.utilized_capacity, of?.utilized_instances, of?.reads_per_instance];
      expect([t.tileWords, t.instances, t.reads], what).to.deep.equal(expected);
      expect([t.fills, t.updates], what).to.deep.equal([of?.fills_per_instance, of?.updates_per_instance]);
      expect(t.energy, what).to.be.closeTo(of?.energy_per_instance_pJ ?? Number.NaN, 0.00501);
      expect(t.energy * t.instances, what).to.be.closeTo(of?.energy_pJ ?? Number.NaN, 0.00501);
    }
  }
}

function matches(triple: Triple): void {
  const legal = legalFrom(asFiles(triple));
  for (const mode of ["default", "nolink"] as const) {
    const result = evaluateAsTimeloop(legal, { linkTransfers: mode === "default" });
    const expected: Figures = triple[mode];
    expect(accessesOf(result), `${triple.id} ${mode}`).to.deep.equal(expected.levels);
    expect(result.evaluation.cycles, `${triple.id} ${mode}`).to.equal(expected.cycles);
    expect(result.evaluation.energy, `${triple.id} ${mode}`).to.be.closeTo(expected.energy_pJ, 0.1);
  }
}

function accessesOf({ levels }: TimeloopEvaluation): Record<string, Record<string, Accesses>> {
  const ofLevel = (level: (typeof levels)[number]): Record<string, Accesses> =>
    Object.fromEntries(
      level.tensors.map((t): [string, Accesses] => [t.name, [t.tileWords, t.instances, t.reads, t.fills, t.updates]]),
    );
  return Object.fromEntries(levels.map((level) => [level.name, ofLevel(level)]));
}
