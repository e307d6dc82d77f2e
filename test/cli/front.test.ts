import { mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect } from "chai";
import { type LayerResult, parseResults } from "../../reports/index.js";
import { valueFrom } from "../reports/sample.js";
import { expectGolden, loopwright } from "./program.js";

const WORDS = ["map", "gemm:M=8,N=8,K=4", "--arch", "textbook", "--pareto", "energy,delay", "--time-limit", "none"];
const resultsIn = (text: string): readonly LayerResult[] => valueFrom(parseResults(text, "stdout"));

describe("map --pareto", () => {
  it("prints the certified front, and writes a mapping a point", () => {
    const folder = mkdtempSync(join(tmpdir(), "loopwright-"));
    const { code, stdout } = loopwright([...WORDS, "--out", folder]);
    expect(code).to.equal(0);
    expectGolden("map/front.txt", stdout);
    const report = readFileSync(join(folder, "report.html"), "utf8");
    expect(report).to.contain("The front has 4 points, all certified: from 27.49 nJ in 256 cycles to 27.81 nJ in 32.");
    expect(report).to.contain("<title>point 4: 32 cycles, 27.808 nJ, certified</title>");
    const files = readdirSync(join(folder, "mappings"));
    const results = resultsIn(loopwright([...WORDS, "--format", "json"]).stdout);
    expect(files).to.have.length(results.length);
    for (const { front, search, energy_pJ, cycles } of results) {
      expect(search).to.include({ status: "optimal", lowerBound: energy_pJ, gap: 0 });
      expect(front).to.deep.include({ points: results.length, within: 0, open: [] });
      const mapping = join(folder, "mappings", `gemm.point-${front?.point}.yaml`);
      const evaluated = loopwright(["evaluate", ...WORDS.slice(1, 4), "--mapping", mapping, "--format", "json"]);
      expect(resultsIn(evaluated.stdout)[0]).to.include({ energy_pJ, cycles });
    }
    rmSync(folder, { recursive: true });
  });

  it("says where better mappings may lie when it is cut short", () => {
    const spec = ["map", "vgg16", "--layer", "conv3_1", "--arch", "eyeriss", "--pareto", "delay,energy"];
    const results = resultsIn(loopwright([...spec, "--time-limit", "0.5s", "--format", "json"]).stdout);
    const open = results.flatMap(({ front }) => front?.open ?? []);
    expect(open.length).to.be.greaterThan(0);
    for (const { from, below, energyAtLeast_pJ } of open) {
      expect(from).to.be.lessThan(below ?? Number.POSITIVE_INFINITY);
      expect(energyAtLeast_pJ).to.be.greaterThan(0);
    }
  });

  it("takes a gap", () => {
    const results = resultsIn(loopwright([...WORDS, "--gap", "0.5", "--format", "json"]).stdout);
    for (const { front } of results) expect(front?.within ?? Infinity).to.be.at.most(0.5 * (1 + 1e-9));
  });

  it("refuses other fronts, and what has no meaning for a front", () => {
    const words = ["energy,area", "energy,delay --explain", "energy,delay --objective energy --imperfect"];
    const [other, explained, several] = words.map((more) =>
      loopwright([...WORDS.slice(0, 4), "--pareto", ...more.split(" ")]),
    );
    expect([other?.code, explained?.code, several?.code]).to.deep.equal([2, 2, 2]);
    expect(several?.stderr).to.contain("--pareto does not go with --objective and --imperfect");
    expect(other?.stderr).to.contain("write --pareto energy,delay");
    expect(explained?.stderr).to.contain("--pareto does not go with --explain");
  });
});
