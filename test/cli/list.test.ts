import { expect } from "chai";
import { expectGolden, loopwright } from "./program.js";

describe("loopwright list", () => {
  it("shows the layers of a network with their operations and parameters", () => {
    const { code, stdout, stderr } = loopwright(["list", "layers", "vgg16"]);
    expect({ code, stderr }).to.deep.equal({ code: 0, stderr: "" });
    expectGolden("list/vgg16/stdout.txt", stdout);
  });

  it("gives programs the same as JSON and CSV", () => {
    const json: readonly { readonly name: string; readonly macs: number }[] = JSON.parse(
      loopwright(["list", "layers", "vgg16", "--layer", "conv5_*", "--format", "json"]).stdout,
    );
    expect(json.map(({ name, macs }) => [name, macs])).to.deep.equal([
      ["conv5_1", 462422016],
      ["conv5_2", 462422016],
      ["conv5_3", 462422016],
    ]);
    const csv = loopwright(["list", "layers", "gemm:M=2,N=3,K=4", "--format", "csv"]).stdout;
    expect(csv.split("\n")[0]).to.equal("name,kind,bounds,repeat,macs,weights,biases");
  });

  it("names every built-in architecture with its source", () => {
    const { code, stdout } = loopwright(["list", "archs", "--format", "json"]);
    expect(code).to.equal(0);
    const archs: readonly { readonly name: string; readonly source: string }[] = JSON.parse(stdout);
    expect(archs.map(({ name }) => name)).to.include.members(["eyeriss", "textbook", "systolic-ws"]);
    expect(archs.filter(({ source }) => source === "")).to.deep.equal([]);
  });

  it("ends quietly when its reader does", async () => {
    const { spawnSync } = await import("node:child_process");
    const { root } = await import("./program.js");
    const piped = spawnSync("sh", ["-c", `node dist/cli/main.js list layers vgg16 | head -1`], {
      cwd: root,
      encoding: "utf8",
    });
    expect(piped.stderr).to.equal("");
  });
});
