import { mkdtempSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect } from "chai";
import { contestOf } from "../../cli/beat.js";
import { readDataflow } from "../../cli/find.js";
import { type LayerResult, parseResults, type SearchSummary } from "../../reports/index.js";
import { sampleMapping, sampleResult, valueFrom } from "../reports/sample.js";
import { loopwright } from "./program.js";

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
  return contestOf({ legal, result }, legal, { objective: EDP, imperfect: false }, valueFrom(readDataflow("any")));
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

  it("is the answer where nothing better is found in time", () => {
    const folder = mkdtempSync(join(tmpdir(), "loopwright-"));
    const spec = ["map", "gemm:M=64,N=64,K=64", "--arch", "textbook", "--format", "json"];
    const whole = loopwright([...spec, "--time-limit", "60s", "--out", folder]);
    const [best] = valueFrom(parseResults(whole.stdout, "stdout"));
    const mapping = join(folder, "mappings", readdirSync(join(folder, "mappings"))[0] ?? "");
    const short = loopwright([...spec, "--time-limit", "0.001s", "--beat", mapping]);
    const [answer] = valueFrom(parseResults(short.stdout, "stdout"));
    rmSync(folder, { recursive: true });
    expect(answer?.edp).to.equal(best?.edp);
    expect(answer?.search?.status).to.equal("gap");
    expect(answer?.contest?.says).to.deep.equal(["the search found nothing better in time: yours is the answer"]);
  });
});
