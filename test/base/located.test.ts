import { expect } from "chai";
import { parseYaml } from "../../base/index.js";

/** The codes of what is wrong with the text. */
function codes(text: string): readonly string[] {
  const read = parseYaml(text, "a.yaml");
  return read.ok ? [] : read.errors.map(({ code }) => code);
}

describe("base: located YAML", () => {
  it("refuses what is no YAML, binary, empty, too deep, or has repeated keys", () => {
    expect(codes("a: [1")).to.include("yaml/syntax");
    expect(codes("a: 1\na: 2\n")).to.deep.equal(["yaml/syntax"]);
    expect(codes("PK\u0000\u0003")).to.deep.equal(["yaml/binary"]);
    expect(codes("# nothing\n")).to.deep.equal(["yaml/empty"]);
    expect(codes(`${"[".repeat(150)}${"]".repeat(150)}`)).to.deep.equal(["yaml/too-deep"]);
  });

  it("resolves aliases, and refuses those without an anchor, within themselves, or that explode", () => {
    expect(codes("a: &x [1]\nb: *x\n")).to.deep.equal([]);
    expect(codes("a: *x\n")).to.deep.equal(["yaml/unknown-alias"]);
    expect(codes("a: &x [*x]\n")).to.deep.equal(["yaml/too-deep"]);
    const layers = Array.from({ length: 30 }, (_, i) =>
      i === 0 ? "a0: &a0 [x]" : `a${i}: &a${i} [${`*a${i - 1},`.repeat(8)}]`,
    );
    expect(codes(layers.join("\n"))).to.deep.equal(["yaml/too-large"]);
  });

  it("knows where each value stands", () => {
    const read = parseYaml("a:\n  - {b: 12}\n", "a.yaml");
    if (!read.ok || read.value.kind !== "map") throw new Error("not a mapping");
    const list = read.value.entries.get("a")?.value;
    const item = list?.kind === "list" ? list.items[0] : undefined;
    const value = item?.kind === "map" ? item.entries.get("b")?.value : undefined;
    expect(value).to.deep.equal({
      kind: "scalar",
      value: 12,
      at: { file: "a.yaml", path: "a[0].b", line: 2, column: 9 },
    });
  });
});
