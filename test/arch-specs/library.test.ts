import { readFileSync } from "node:fs";
import { expect } from "chai";
import {
  architectureNames,
  builtInArchitecture,
  instancesOf,
  parseArchitecture,
  printArchitecture,
} from "../../arch-specs/index.js";
import { format } from "../../base/index.js";

describe("arch-specs: the library", () => {
  for (const name of architectureNames) {
    it(`${name} is read, names its source, and comes back from print as it was`, () => {
      const read = builtInArchitecture(name);
      if (read?.ok !== true) throw new Error(read?.errors.map(format).join("\n"));
      expect(read.value.name).to.equal(name);
      expect(read.value.source).to.not.equal("");
      expect(parseArchitecture(printArchitecture(read.value), "printed.yaml")).to.deep.equal(read);
    });
  }

  it("gives eyeriss 168 elements, and other sizes by settings", () => {
    const instances = (settings?: ReadonlyMap<string, string>): number => {
      const read = builtInArchitecture("eyeriss", settings);
      if (read?.ok !== true) throw new Error("eyeriss cannot be read");
      return instancesOf(read.value, read.value.levels.length - 1);
    };
    expect(instances()).to.equal(168);
    expect(instances(new Map([["rows", "2 * cols"]]))).to.equal(392);
  });

  it("knows no other names", () => {
    expect(builtInArchitecture("eyeris")).to.equal(undefined);
  });
});

describe("arch-specs: docs/formats-architecture.md", () => {
  it("has examples that are read", () => {
    const page = readFileSync("docs/formats-architecture.md", "utf8");
    const examples = [...page.matchAll(/```yaml\n(.*?)```/gs)].map(([, text = ""]) => text);
    const read = examples.map((text) => parseArchitecture(text, "example.yaml"));
    expect(read.flatMap((one) => (one.ok ? [] : one.errors.map(format)))).to.deep.equal([]);
    expect(read.length).to.be.above(1);
  });
});
