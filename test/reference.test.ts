import { spawnSync } from "node:child_process";
import { join } from "node:path";
import { expect } from "chai";
import { root } from "./cli/program.js";

describe("the reference pages", () => {
  it("say what the schemas say (UPDATE_GOLDEN=1 renews them)", () => {
    const words = process.env["UPDATE_GOLDEN"] === "1" ? [] : ["--check"];
    const ran = spawnSync(process.execPath, [join(root, "scripts/write-reference.mjs"), ...words], {
      cwd: root,
      encoding: "utf8",
    });
    expect(ran.stderr).to.equal("");
    expect(ran.status).to.equal(0);
  });
});
