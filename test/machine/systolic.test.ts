import { existsSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { isDeepStrictEqual } from "node:util";
import { expect } from "chai";
import { cyclesOf } from "../../sim/machine/index.js";
import { predict } from "../../sim/model/index.js";
import { figure, type Row, type Run, rowsIn, runOf, specOf } from "./scalesim.js";

const root = join(dirname(fileURLToPath(import.meta.url)), "../../..");
const sample = join(root, "test/oracles/scalesim/records.csv");
const corpus = join(root, "../shared/oracles/scalesim/records.csv");

describe("systolic arrays", () => {
  it("take SCALE-Sim's cycles, reads and folds on a sample of its runs, and give the right outputs", () => {
    expect(differing(rowsIn(sample))).to.deep.equal([]);
  });

  if (existsSync(corpus))
    it("do so in every row of the corpus", () => {
      expect(differing(rowsIn(corpus))).to.deep.equal([]);
    });

  it("wait for words where bandwidth is limited, more so where it is less", () => {
    const limited = rowsIn(sample).filter(({ mode }) => mode === "USER");
    for (const row of limited) {
      const cycles = ["unlimited", "30", "10", "2"].map((dramRate) => cyclesOf(runOf(row, { dramRate }).run));
      expect(cycles, specOf(row)).to.deep.equal(cycles.toSorted((a, b) => a - b));
    }
    const [ours, theirs] = [
      limited.map((row) => cyclesOf(runOf(row, { dramRate: "10" }).run)),
      limited.map((row) => figure(row, "total_cycles")),
    ];
    expect(rankCorrelation(ours, theirs)).to.be.above(0.95);
  });
});

/** What is wrong with each row that is not as recorded. Runs of both modes are the same to the array: stalls are not its own. */
function differing(rows: readonly Row[]): readonly string[] {
  const runs = new Map<string, Run>();
  return rows.flatMap((row) => {
    const key = [specOf(row), row["array"], row["dataflow"]].join();
    const run = runs.get(key) ?? runOf(row);
    runs.set(key, run);
    return problems(row, run).map((problem) => `${key}: ${problem}`);
  });
}

function problems(row: Row, { run, counts, mapping, expected, restored }: Run): readonly string[] {
  const found: string[] = [];
  const same = (what: string, ours: number, theirs: number, tolerance = 0): void => {
    if (Math.abs(ours - theirs) > tolerance) found.push(`${what} ${ours}, not ${theirs}`);
  };
  const cycles = cyclesOf(run);
  const [inputs, weights] = counts.levels[1]?.classes[0]?.tensors ?? [];
  const units = mapping.architecture.levels.reduce((n, l) => (l.kind === "fanout" ? n * l.x * l.y : n), 1);
  const printed = 0.51e-4;
  same("cycles", cycles, figure(row, "total_cycles") - figure(row, "stall_cycles") + 1);
  same("folds", run.folds, figure(row, "folds"));
  same("SRAM reads of inputs", inputs?.reads ?? 0, figure(row, "sram_ifmap_reads"));
  same("SRAM reads of weights", weights?.reads ?? 0, figure(row, "sram_filter_reads"));
  same("mapping efficiency", 100 * run.mappingEfficiency, figure(row, "mapping_eff_pct"), printed);
  // Its utilisation is over its own total: 0-based, stalls included.
  const total = cycles - 1 + figure(row, "stall_cycles");
  same("utilisation", (100 * counts.macs) / (units * total), figure(row, "overall_util_pct"), printed);
  same("cycles by part", run.load + run.stream + run.drain, cycles);
  if (!isDeepStrictEqual(predict(mapping), counts)) found.push("the model counts otherwise");
  if (!isDeepStrictEqual(restored, expected)) found.push("the output is wrong");
  return found;
}

/** Spearman's. */
function rankCorrelation(a: readonly number[], b: readonly number[]): number {
  const [x, y] = [ranksOf(a), ranksOf(b)];
  const mean = (a.length + 1) / 2;
  const covariance = (u: readonly number[], v: readonly number[]): number =>
    u.reduce((sum, rank, i) => sum + (rank - mean) * ((v[i] ?? 0) - mean), 0);
  return covariance(x, y) / Math.sqrt(covariance(x, x) * covariance(y, y));
}

/** Ties share the mean of their ranks. */
function ranksOf(values: readonly number[]): readonly number[] {
  return values.map((value) => {
    const below = values.filter((other) => other < value).length;
    const equal = values.filter((other) => other === value).length;
    return below + (equal + 1) / 2;
  });
}
