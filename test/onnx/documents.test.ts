import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect } from "chai";
import { errata, refusedOperators, supportedOperators } from "../../workloads/index.js";
import { loopwright, root } from "../cli/program.js";

// docs/onnx.md lists what the code's tables hold, and what its command prints. UPDATE_GOLDEN=1 writes them there.

const file = join(root, "docs/onnx.md");

describe("docs/onnx.md", () => {
  it("lists the operators, the refused ones with their reasons, and the errata", () => {
    let text = readFileSync(file, "utf8");
    for (const [mark, lines] of Object.entries(tables()))
      text = between(text, `<!-- ${mark} -->\n`, "<!-- end -->", lines);
    expectWritten(text);
  });

  it("shows what the command prints", () => {
    const { stdout } = loopwright(["simulate", "--suite", "test/onnx/cases"]);
    const block = "```console\n$ loopwright simulate --suite test/onnx/cases\n";
    expectWritten(between(readFileSync(file, "utf8"), block, "```", stdout));
  });
});

function tables(): Readonly<Record<string, string>> {
  const names = (isHeavy: boolean): string =>
    supportedOperators.flatMap((one) => (one.isHeavy === isHeavy ? [`\`${one.name}\``] : [])).join(", ");
  const refused = [...new Set(refusedOperators.values())].map((reason) => {
    const all = [...refusedOperators].flatMap(([name, why]) => (why === reason ? [`\`${name}\``] : []));
    return `- ${all.join(", ")}: ${reason}.\n`;
  });
  return {
    operators: `Layers, on the machine: ${names(true)}.\n\nSteps: ${names(false)}.\n`,
    refused: refused.join(""),
    errata: errata.map(({ graph, reason }) => `- \`${graph}\`: ${reason}.\n`).join(""),
  };
}

/** The text with these lines between the first mark and the end that follows it. */
function between(text: string, mark: string, end: string, lines: string): string {
  const start = text.indexOf(mark) + mark.length;
  const stop = text.indexOf(end, start);
  if (start < mark.length || stop < 0) expect.fail(`docs/onnx.md has no ${mark}`);
  return text.slice(0, start) + lines + text.slice(stop);
}

function expectWritten(text: string): void {
  if (process.env["UPDATE_GOLDEN"] === "1") writeFileSync(file, text);
  else expect(readFileSync(file, "utf8")).to.equal(text);
}
