import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect } from "chai";
import { expectGolden, loopwright } from "./program.js";

interface Row {
  readonly level: string;
  readonly figure: string;
  readonly value: number;
  readonly source: string;
}
const figures = (words: readonly string[]): readonly Row[] =>
  JSON.parse(loopwright(["estimate", ...words, "--format", "json"]).stdout);

describe("loopwright estimate", () => {
  let folder = "";
  before(() => {
    folder = mkdtempSync(join(tmpdir(), "loopwright-"));
  });
  after(() => rmSync(folder, { recursive: true, force: true }));

  it("shows every figure of an architecture with its source", () => {
    const { code, stdout, stderr } = loopwright(["estimate", "--arch", "nvdla"]);
    expect({ code, stderr }).to.deep.equal({ code: 0, stderr: "" });
    expectGolden("estimate/nvdla/stdout.txt", stdout);
  });

  it("gives programs a row a figure, none without a source", () => {
    const rows = figures(["--arch", "simba", "--set", "buffer=128 KiB"]);
    expect(rows.filter(({ source }) => source === "")).to.deep.equal([]);
    expect(rows.find(({ level, figure }) => level === "GlobalBuffer" && figure === "area")?.value).to.be.above(
      figures(["--arch", "simba"]).find(({ level, figure }) => level === "GlobalBuffer" && figure === "area")?.value ??
        0,
    );
    const csv = loopwright(["estimate", "--arch", "simba", "--format", "csv"]).stdout.split("\n");
    expect(csv[0]).to.equal("level,class,technology_nm,voltage_V,instances,access_bits,figure,value,unit,source");
    expect(csv).to.have.length(rows.length + 2);
  });

  it("writes Accelergy's tables, and takes them in the place of an architecture's own figures", () => {
    const written = loopwright(["export", "accelergy", "--arch", "simba", "--out", folder]);
    const [ert, art] = [join(folder, "ERT.yaml"), join(folder, "ART.yaml")];
    expect(written).to.deep.equal({ code: 0, stdout: `${ert}\n${art}\n`, stderr: "" });
    expect(loopwright(["check", ert, art]).stdout).to.equal(
      `${ert}: reference tables: energies of 10 components\n${art}: reference tables: areas of 10 components\n`,
    );
    const changed = ["--arch", "simba", "--set", "buffer=128 KiB"];
    const taken = figures([...changed, "--ert", ert, "--art", art]);
    const [values, own] = [taken, figures(["--arch", "simba"])].map((rows) => rows.map(({ value }) => value));
    expect(values).to.deep.equal(own);
    expect(new Set(taken.map(({ source }) => source))).to.deep.equal(new Set([ert, art]));
    const imported = loopwright(["import", "accelergy", ert, art, "--arch", "simba", "--out", folder]);
    expect(imported.code).to.equal(0);
    const file = join(folder, "architecture.yaml");
    expect(readFileSync(file, "utf8")).to.match(/^name: simba/);
    expect(figures(["--arch", file]).map(({ value }) => value)).to.deep.equal(own);
  });

  it("lets leakage, areas and tables reach the results", () => {
    const layer = ["gemm:M=16,N=16,K=16", "--arch", "nvdla", "--format", "json", "--objective", "energy"];
    const run = (words: readonly string[]): { readonly energy_pJ: number; readonly area_um2: number } =>
      JSON.parse(loopwright(["map", ...layer, ...words]).stdout)[0];
    loopwright(["export", "accelergy", "--arch", "nvdla", "--set", "cbuf=1 MiB", "--out", folder]);
    const [own, given] = [run([]), run(["--ert", join(folder, "ERT.yaml"), "--art", join(folder, "ART.yaml")])];
    expect(own.area_um2).to.be.above(1e6);
    expect(given.area_um2).to.be.above(own.area_um2);
    expect(given.energy_pJ).to.be.above(own.energy_pJ);
  });

  it("tells what is missing", () => {
    expect(loopwright(["estimate"]).stderr).to.match(/^command line: --arch is missing \[usage\/missing\]/);
    expect(loopwright(["export", "accelergy", "--arch", "simba"]).stderr).to.match(/--out is missing/);
    expect(loopwright(["import", "accelergy", "--out", folder, "--arch", "simba"]).stderr).to.match(
      /tables are missing/,
    );
    expect(loopwright(["estimate", "--arch", "simba", "--ert", "none.yaml"]).code).to.equal(2);
    const theirs = join(folder, "strange.yaml");
    writeFileSync(theirs, "ERT: {tables: [{name: chip.shared_glb, actions: [{name: read, energy: 1}]}]}\n");
    const strange = loopwright(["map", "gemm:M=2,N=2,K=2", "--arch", "simba", "--ert", theirs]);
    expect(strange.code).to.equal(2);
    expect(strange.stderr).to.match(/none of its components is a level of simba: shared_glb/);
  });
});
