import { readFileSync } from "node:fs";
import { join } from "node:path";
import { expect } from "chai";
import { filesOf, legalFrom, root, sample } from "./timeloop-files.js";
import { differences } from "./witnesses.js";

describe("timeloop-model, the model and the machine, on whole layers", () => {
  for (const name of ["55-eyeriss-resnet18-conv3-s2", "89-ref-06-eyeriss-vgg-conv3_1", "91-ref-simba_like"])
    it(`differ on ${name} only where docs/conventions.md says so`, () => {
      const shown = readFileSync(join(root, "docs/conventions.md"), "utf8").split("\n");
      const rows = differences(name, legalFrom(filesOf(sample, name)));
      expect(rows.filter((row) => !shown.includes(row))).to.deep.equal([]);
    });
});
