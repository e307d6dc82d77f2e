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
    const read = blocks("yaml").map((block) => {
      const { name, layers, network } = unwrapped(parseWorkload(block, "page.yaml"));
      return [name, layers.map((layer) => layer.name), network?.entries.map((entry) => entry.name) ?? []];
    });
    expect(read).to.deep.equal([
      ["example", ["conv1", "conv2", "scores", "mttkrp"], []],
      ["a-block", ["conv1", "conv2"], ["conv1", "conv2", "sum", "pool"]],
    ]);
  });
  it("shows inline layers that are read", () => {
    const lines = blocks("")
      .flatMap((block) => block.split("\n"))
      .filter(isInlineLayer);
    expect(lines).to.have.length(3);
    for (const line of lines) expect(unwrapped(parseInlineLayer(line)).layers).to.have.length(1);
  });
});
