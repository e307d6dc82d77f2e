import { readFileSync } from "node:fs";
import { join } from "node:path";
import { expect } from "chai";
import { sections, withSections } from "../bench/validation/document.js";
import { ADVANTAGE, FIG10 } from "../bench/validation/published.js";
import { priced } from "../bench/validation/recorded.js";
import { rowStationary } from "../bench/validation/sections.js";
import { SAME_HARDWARE, SAME_STORAGE } from "../bench/validation/studies.js";
import type { LayerResult } from "../reports/index.js";
import { root } from "./cli/program.js";

/** Energies of convolutions by dataflow, all layers together. */
function convolutions(results: readonly LayerResult[]): ReadonlyMap<string, number> {
  const sums = new Map<string, number>();
  for (const { layer, dataflow = "", energy_pJ } of results)
    if (layer.startsWith("conv")) sums.set(dataflow, (sums.get(dataflow) ?? 0) + energy_pJ);
  return sums;
}

describe("the validation against Eyeriss", () => {
  it("is written as it comes out", () => {
    const document = readFileSync(join(root, "docs/validation.md"), "utf8");
    expect(withSections(document, sections())).to.equal(document);
  });

  it("reproduces the energy of operations and register files of Fig. 10, and no more DRAM on convolutions", () => {
    for (const result of rowStationary(priced(SAME_HARDWARE)).values()) {
      const paper = FIG10.get(result.layer);
      const of = (name: string): number => (result.levels.find((one) => one.name === name)?.energy_pJ ?? 0) / 1e9;
      if (paper === undefined || !result.layer.startsWith("conv")) continue;
      expect(result.compute.energy_pJ / 1e9, result.layer).to.be.closeTo(paper.alu, 0.01);
      expect(of("RF") / paper.rf, result.layer).to.be.within(0.97, 1.04);
      expect(of("DRAM"), result.layer).to.be.at.most(paper.dram + 0.01);
    }
  });

  it("finds row-stationary as much better on convolutions as the paper says", () => {
    const results = priced(SAME_HARDWARE);
    const same = convolutions(results);
    const best = convolutions([...rowStationary(results).values()].map((result) => ({ ...result, dataflow: "best" })));
    const [least, most] = ADVANTAGE;
    for (const others of [same, convolutions(priced(SAME_STORAGE))]) {
      const ratios = ["ws", "os", "is", "nlr"].map((flow) => (others.get(flow) ?? 0) / (best.get("best") ?? 0));
      expect(Math.min(...ratios)).to.be.closeTo(least, 0.1);
      expect(Math.max(...ratios)).to.be.closeTo(most, 0.2);
    }
  });
});
