import { expect } from "chai";
import { bar, bars, beside, left, markdownPaint, plainPaint, right, table } from "../../reports/index.js";

const columns = [left("layer"), right("energy"), beside(""), bars];
const rows = [
  ["conv1", "12.5 µJ", "×1.00", bar(0.5, 20)],
  ["a|b", "3 µJ", "×0.24", bar(0.25, 20)],
];
const within = (width: number): readonly string[] => table(columns, rows, { ...plainPaint, width }).split("\n");

describe("reports: tables", () => {
  it("are aligned, with no spaces at the ends", () => {
    expect(table(columns, rows).split("\n")).to.deep.equal([
      "layer   energy",
      "conv1  12.5 µJ  ×1.00  ██████████",
      "a|b       3 µJ  ×0.24  █████",
    ]);
  });

  it("leave bars out first where the terminal is narrow", () => {
    expect(within(33)).to.have.length(3);
    expect(within(33)[1]).to.match(/█$/);
    expect(within(32)).to.deep.equal(["layer   energy", "conv1  12.5 µJ  ×1.00", "a|b       3 µJ  ×0.24"]);
  });

  it("break words on the left next, and come apart last, what belongs together staying so", () => {
    const wide = [left("name"), left("source"), right("a"), beside("b"), right("c")];
    const cells = [["one", "a source of several long words", "100", "×1", "200"]];
    const shown = (width: number): string => table(wide, cells, { ...plainPaint, width });
    expect(shown(40).split("\n")).to.deep.equal([
      "name  source                  a   b    c",
      "one   a source of several   100  ×1  200",
      "      long words",
    ]);
    expect(shown(24)).to.equal(
      ["name  source\none   a source of\n      several long words", "name    a   b    c\none   100  ×1  200"].join(
        "\n\n",
      ),
    );
    for (const width of [24, 26, 30, 36, 40, 50, 80])
      for (const line of shown(width).split("\n")) expect(line.length, `${width}: ${line}`).to.be.at.most(width);
  });

  it("are written in Markdown, without bars", () => {
    expect(table(columns, rows, markdownPaint).split("\n")).to.deep.equal([
      "| layer | energy |  |",
      "| :--- | ---: | ---: |",
      "| conv1 | 12.5 µJ | ×1.00 |",
      "| a\\|b | 3 µJ | ×0.24 |",
    ]);
  });
});
