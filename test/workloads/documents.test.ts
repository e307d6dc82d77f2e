import { readFileSync } from "node:fs";
import { join } from "node:path";
import { expect } from "chai";
import { isInlineLayer, parseInlineLayer, parseWorkload } from "../../workloads/index.js";
import { unwrapped } from "./arbitraries.js";

const page = readFileSync(join("docs", "formats-workload.md"), "utf8");
const blocks = (language: string): string[] =>
  [...page.matchAll(/^```(\w*)\n(.*?)^```$/gms)]
    .filter((block) => block[1] === language)
    .map((block) => block[2] ?? "");

describe("docs/formats-workload.md", () => {
  it("shows files that are read as it says", () => {
    for (const block of blocks("yaml")) {
      const { name, layers } = unwrapped(parseWorkload(block, "page.yaml"));
      expect(name).to.equal("example");
      expect(layers.map((layer) => layer.name)).to.deep.equal(["conv1", "conv2", "scores", "mttkrp"]);
    }
    expect(blocks("yaml")).to.have.length(1);
  });
  it("shows inline layers that are read", () => {
    const lines = blocks("")
      .flatMap((block) => block.split("\n"))
      .filter(isInlineLayer);
    expect(lines).to.have.length(3);
    for (const line of lines) expect(unwrapped(parseInlineLayer(line)).layers).to.have.length(1);
  });
});
