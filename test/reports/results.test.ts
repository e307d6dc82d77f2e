import { readFileSync } from "node:fs";
import { join } from "node:path";
import { expect } from "chai";
import { tensorsOf } from "../../reports/html/figures/parts.js";
import { dark, light } from "../../reports/html/palette.js";
import {
  diffMappings,
  diffResults,
  type LayerResult,
  missingGroups,
  missingText,
  parseResults,
  plainPaint,
  printCsv,
  printHtml,
  printJson,
  utilizationOf,
} from "../../reports/index.js";
import { root } from "../cli/program.js";
import { sampleMapping, sampleResult, valueFrom } from "./sample.js";

describe("results", () => {
  it("carry the counts of the run in the fixed fields", () => {
    const result = sampleResult();
    expect(result).to.deep.include({ macs: 3888, cycles: 324, edp: result.energy_pJ * 324, area_um2: 0 });
    const glb = result.levels.find(({ name }) => name === "GLB");
    expect(glb).to.deep.include({ instances: 1, capacityWords: 55296, usedWords: 264 });
    expect(Object.keys(glb?.tensors ?? {})).to.deep.equal(["Inputs", "Outputs"]);
    expect(glb?.tensors["Inputs"]).to.deep.include({ tileWords: 192, fills: 192, reads: 864, updates: 0, drains: 0 });
    expect(result.networks.map(({ name }) => name)).to.deep.equal(["GLB→PE"]);
    expect(result.mapping[1]).to.deep.equal({ for: "m", by: 2 });
    for (const absent of ["search", "witness", "validation", "dataflow", "objective", "machineCycles"])
      expect(result).not.to.have.property(absent);
  });

  it("have energies that add up", () => {
    const result = sampleResult();
    const parts = [...result.levels, ...result.networks, result.compute].map(({ energy_pJ }) => energy_pJ);
    expect(parts.reduce((sum, x) => sum + x)).to.be.closeTo(result.energy_pJ, 1e-9 * result.energy_pJ);
  });

  it("use the array together as much as its layers do, not while a vector unit works", () => {
    const result = { ...sampleResult(), cycles: 300, utilization: 0.5 };
    const light = { ...result, unit: "VectorUnit", cycles: 100, utilization: 1 };
    expect(utilizationOf([result, light])).to.equal(0.375);
    expect(utilizationOf([light, light])).to.equal(1);
    expect(utilizationOf([])).to.equal(0);
  });

  it("read back as they were printed, under their schema", () => {
    const results = [sampleResult("a"), { ...sampleResult("b"), witness: { model: "agrees" as const } }];
    expect(valueFrom(parseResults(printJson(results), "r.json"))).to.deep.equal(results);
  });

  it("are refused with what is wrong with them", () => {
    const broken = [{ ...sampleResult(), macs: -1, conventions: "mine", levels: "none" }];
    const read = parseResults(JSON.stringify(broken), "r.json");
    expect(read.ok ? [] : read.errors.map(({ at }) => at.path)).to.have.members([
      "0.macs",
      "0.conventions",
      "0.levels",
    ]);
    for (const text of ["", "{", "null", "[1]", '{"a":1}', "[[]]"])
      expect(parseResults(text, "r.json").ok).to.equal(false);
  });
});

describe("the CSV", () => {
  it("has a row a level and tensor, and rows that add up to the energy of the layer", () => {
    const result = sampleResult();
    const [header = "", ...rows] = printCsv([result]).trimEnd().split("\n");
    const columns = header.split(",");
    const at = (name: string): number => columns.indexOf(name);
    const cells = rows.map((row) => row.split(","));
    expect(cells.filter((row) => row[at("tensor")] !== "").length).to.equal(8);
    const sum = cells.reduce((total, row) => total + Number(row[at("energy_pJ")]), 0);
    expect(sum).to.be.closeTo(result.energy_pJ, 1e-9 * result.energy_pJ);
    const inputs = cells.find((row) => row[at("level")] === "GLB" && row[at("tensor")] === "Inputs");
    expect(inputs?.[at("reads_words")]).to.equal("864");
    for (const row of cells) expect(row.length).to.equal(columns.length);
  });
});

describe("the document on results", () => {
  it("tells every column of the CSV, and no other", () => {
    const document = readFileSync(join(root, "docs/formats-results.md"), "utf8");
    const [, section = ""] = document.split("## CSV");
    const told = [...(section.split("## ")[0]?.matchAll(/^\| (`[^|]*) \|/gm) ?? [])].flatMap(([, cell = ""]) =>
      [...cell.matchAll(/`(\w+)`/g)].map(([, name]) => name),
    );
    const [header = ""] = printCsv([sampleResult()]).split("\n");
    const timed = ["filling_cycles", "draining_cycles", "stalled_cycles"];
    expect(told).to.deep.equal([...header.split(","), ...timed]);
  });
});

describe("the HTML report", () => {
  it("is one file that needs no other, with a figure for each question and the loop nest", async () => {
    const html = await printHtml([{ result: sampleResult("a<b"), legal: sampleMapping() }]);
    expect(html.match(/<svg /g)?.length).to.equal(3);
    expect(html).to.contain("a&lt;b").and.not.to.contain("a<b");
    expect(html.replaceAll(/<[^>]*>/g, "")).to.contain("spatial-x q in 0..6");
    const markup = html.replace(/<script>[\s\S]*<\/script>/, "");
    const addresses = [...markup.matchAll(/(?:src|href|url)\s*[=(]\s*"?([^"\s)>]+)/g)].map(
      ([, address = ""]) => address,
    );
    expect(addresses.filter((address) => !address.startsWith("#"))).to.deep.equal([]);
  });

  it("has a row for what a level leaks, so that the rows add up to the level", async () => {
    const plain = sampleResult();
    const levels = plain.levels.map((level) => ({ ...level, energy_pJ: level.energy_pJ + 3 }));
    const leaking = { ...plain, levels, leakage_pJ: 3 * levels.length, energy_pJ: plain.energy_pJ + 3 * levels.length };
    const rowsOf = async (result: LayerResult): Promise<number> =>
      (await printHtml([{ result, legal: sampleMapping() }])).match(/<td class="t">leakage<\/td>/g)?.length ?? 0;
    expect([await rowsOf(plain), await rowsOf(leaking)]).to.deep.equal([0, levels.length]);
  });

  it("has the layers of a vector unit, which need no mapping", async () => {
    const relu = { ...sampleResult("relu"), unit: "VectorUnit", macs: 0 };
    const html = await printHtml([
      { result: sampleResult(), legal: sampleMapping() },
      { result: relu, legal: null },
    ]);
    expect(html)
      .to.contain("Runs on VectorUnit")
      .and.not.to.match(/NaN|Infinity|∞|undefined/);
    expect(await printHtml([{ result: relu, legal: null }]))
      .to.contain("Runs on VectorUnit")
      .and.not.to.match(/NaN|Infinity pJ|∞/);
    expect(await printHtml([])).to.contain("<main");
  });

  it("gives every tensor a colour of its own, and none of those that are no tensor's", async () => {
    const base = sampleResult();
    const further = Object.fromEntries(
      ["Maxima", "Exponentials", "Reciprocals"].map((name) => [name, base.levels[0]?.tensors["Inputs"]]),
    );
    const levels = base.levels.map((level) => ({
      ...level,
      tensors: { ...level.tensors, ...further } as typeof level.tensors,
    }));
    const legal = sampleMapping();
    const runs = [base, { ...base, unit: "VectorUnit", levels }].map((result, i) => ({
      ...{ result, legal: i === 0 ? legal : null },
      ...{ group: result.layer, contender: "" },
    }));
    const names = [...tensorsOf(runs).values()].map((colour) => colour.slice("var(--".length, -1));
    expect(names.length).to.equal(8);
    for (const palette of [light, dark]) expect(new Set(names.map((name) => palette[name])).size).to.equal(8);
  });

  it("tells what has no legal mapping, contender by contender, and why", async () => {
    const found = { ...sampleResult("a"), dataflow: "ws" };
    const missing = ["a", "b"].flatMap((layer) => [
      { workload: found.workload, layer, architecture: found.architecture, dataflow: "os", why: "x must keep y" },
      ...(layer === "b"
        ? [{ workload: found.workload, layer, architecture: found.architecture, dataflow: "ws", why: "none < any" }]
        : []),
    ]);
    expect(missingGroups(missing, [found])).to.deep.equal([
      { contender: "os", layers: "all 2 layers", why: "x must keep y" },
      { contender: "ws", layers: "b", why: "none < any" },
    ]);
    const html = await printHtml([{ result: found, legal: sampleMapping() }], missing);
    expect(html).to.match(/Without a legal mapping[\s\S]*all 2 layers[\s\S]*none &lt; any/);
    expect(missingText(missing, [found], plainPaint).split("\n")).to.deep.equal([
      "no legal mapping  of            why",
      "os                all 2 layers  x must keep y",
      "ws                b             none < any",
    ]);
    expect(missingText([], [found], plainPaint)).to.equal("");
  });

  it("is the same on every run", async () => {
    const layers = [{ result: sampleResult(), legal: sampleMapping() }];
    expect(await printHtml(layers)).to.equal(await printHtml(layers));
  });
});

describe("differences", () => {
  it("name each figure that changed, and nothing else", () => {
    const before = sampleResult();
    const after = { ...before, cycles: 325, networks: [] };
    expect(diffResults([before], [before])).to.deep.equal([]);
    expect(diffResults([before], [after]).map(({ what, before: a, after: b }) => [what, a, b])).to.deep.equal([
      ["conv cycles", 324, 325],
      ["conv GLB→PE.hops", 2520, null],
      ["conv GLB→PE.energy_pJ", 5040, null],
    ]);
  });

  it("show two loop nests as one", () => {
    const { mapping } = sampleResult();
    const changed = mapping.map((step) => (step["for"] === "r" ? { for: "r", by: 3 } : step));
    const lines = diffMappings(mapping, changed);
    expect(lines.filter((line) => !line.startsWith(" "))).to.deep.equal(["- for r, by 1", "+ for r, by 3"]);
    expect(lines.length).to.equal(mapping.length + 1);
  });
});
