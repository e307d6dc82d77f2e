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
