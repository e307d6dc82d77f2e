import { expect } from "chai";
import type { Architecture } from "../../arch-specs/index.js";
import { checkLegality, type Mapping, type MappingNode } from "../../mappings/index.js";
import type { Layer } from "../../workloads/index.js";
import { architecture, conv, conv1d, fanout, gemm, optional, storage, textbook } from "./fixtures.js";

const keep = (level: string, ...tensors: string[]): MappingNode => ({ kind: "keep", tensors, level });
const loop = (variable: string, by: number): MappingNode => ({ kind: "for", variable, by });
const spatial = (variable: string, by: number, axis: "x" | "y", on: string | null = null): MappingNode => ({
  kind: "spatial",
  variable,
  by,
  axis,
  fanout: on,
});
const all = ["Inputs", "Weights", "Outputs"] as const;
const mapping = (...nodes: MappingNode[]): Mapping => ({ nodes });

/** The codes of all problems, without their room. */
function problems(nodes: MappingNode[], layer: Layer, on: Architecture): readonly string[] {
  const result = checkLegality(mapping(...nodes), layer, on);
  return result.ok ? [] : result.errors.map((error) => error.code.replace("mapping/", ""));
}
function texts(nodes: MappingNode[], layer: Layer, on: Architecture): readonly string[] {
  const result = checkLegality(mapping(...nodes), layer, on);
  return result.ok ? [] : result.errors.map((error) => `${error.message} | ${error.hint ?? ""}`);
}

const flat = architecture(storage("DRAM"));
const two = architecture(storage("DRAM"), storage("GLB", 24, optional));
const small = gemm({ m: 4, n: 3, k: 2 });
const rest = [loop("m", 1), loop("n", 1), loop("k", 1)];

describe("checkLegality", () => {
  it("resolves names, splits keep nodes and fills in extents and fan-outs", () => {
    const layer = conv({ m: 32, c: 4, p: 14, q: 28, r: 3, s: 3 });
    const result = checkLegality(
      mapping(
        keep("DRAM", ...all),
        loop("q", 14),
        loop("c", 1),
        keep("GLB", "Inputs", "Outputs"),
        spatial("p", 1, "x"),
        spatial("m", 4, "y"),
        keep("PE", ...all),
        loop("m", 1),
        loop("q", 1),
        loop("r", 1),
        loop("s", 1),
      ),
      layer,
      textbook(),
    );
    if (!result.ok) expect.fail(result.errors.map((e) => e.message).join("\n"));
    else {
      expect(result.value.nodes.slice(2, 9)).to.deep.equal([
        { kind: "keep", tensor: 2, level: 0 },
        { kind: "for", variable: 4, by: 14, extent: 28 },
        { kind: "for", variable: 2, by: 1, extent: 4 },
        { kind: "keep", tensor: 0, level: 1 },
        { kind: "keep", tensor: 2, level: 1 },
        { kind: "spatial", variable: 3, by: 1, extent: 14, axis: "x", fanout: 2 },
        { kind: "spatial", variable: 1, by: 4, extent: 32, axis: "y", fanout: 2 },
      ]);
    }
  });

  it("takes imperfect tiles, loops of one iteration and loops without a variable's need", () => {
    expect(problems([keep("DRAM", ...all), loop("m", 3), loop("m", 3), loop("m", 1), ...rest.slice(1)], small, flat)).to
      .be.empty;
    expect(problems([keep("DRAM", ...all), loop("r", 1)], conv1d({ p: 1, r: 2 }), flat)).to.be.empty;
  });

  it("names unknown things and says what is near", () => {
    const nodes = [keep("DRM", "Input"), keep("DRAM", ...all), loop("z", 1), spatial("m", 1, "x", "PE"), ...rest];
    expect(texts(nodes, small, textbook())).to.include.members([
      'there is no storage level "DRM" here | did you mean "DRAM"?',
      'there is no tensor "Input" here | did you mean "Inputs"?',
      'there is no variable "z" here | expected one of: m, n, k',
      '"PE" is a storage level, a fan-out is needed here | ',
    ]);
  });

  it("wants tiles that are positive, do not grow, and end at 1", () => {
    expect(
      problems([keep("DRAM", ...all), loop("m", 0), loop("n", 1.5), loop("k", 1), loop("k", -1)], small, flat),
    ).to.deep.equal(["tile-not-positive", "tile-not-positive", "tile-not-positive"]);
    expect(texts([keep("DRAM", ...all), loop("m", 2), loop("m", 3), loop("n", 1)], small, flat)).to.deep.equal([
      'the loop over m leaves tiles of 3, but only 2 is left above it | "by" is the extent below the loop: at most 2',
      "m is still 2 at compute, every variable must come down to 1 | add {for: m, by: 1}",
      "k is still 2 at compute, every variable must come down to 1 | add {for: k, by: 1}",
    ]);
  });

  it("keeps every tensor once a level, above all loops first, in level order", () => {
    expect(problems([keep("DRAM", "Inputs", "Weights"), ...rest], small, two)).to.deep.equal([
      "kept-nowhere",
      "must-keep",
    ]);
    expect(problems([keep("DRAM", ...all), keep("DRAM", "Weights"), ...rest], small, flat)).to.deep.equal([
      "kept-twice",
    ]);
    expect(problems([keep("DRAM", "Inputs", "Weights"), ...rest, keep("DRAM", "Outputs")], small, flat)).to.deep.equal([
      "source-below-loop",
    ]);
    const may = architecture(storage("DRAM", undefined, optional), storage("GLB", 99, optional));
    expect(problems([keep("GLB", ...all), keep("DRAM", "Inputs"), ...rest], small, may)).to.deep.equal(["level-order"]);
    expect(problems([keep("DRAM", "Inputs"), keep("GLB", "Weights", "Outputs"), ...rest], small, may)).to.be.empty;
  });

  it("holds to what the architecture keeps", () => {
    const picky = architecture(storage("DRAM"), storage("GLB", 99, { keeps: new Set(["Inputs"]) }));
    expect(texts([keep("DRAM", ...all), keep("GLB", "Weights"), ...rest], small, picky)).to.deep.equal([
      "GLB must keep Inputs | add {keep: [Inputs], in: GLB}",
      "GLB may not keep Weights, the architecture sends it past | take Weights out of this node, or add it to keeps or mayKeep of GLB",
    ]);
  });

  it("puts spatial loops between the levels around their fan-out", () => {
    const grid = architecture(
      storage("DRAM"),
      fanout("columns", 4, 1),
      storage("GLB", 99, optional),
      fanout("rows", 1, 4),
      fanout("lanes", 2, 2),
      storage("RF", 99, optional),
    );
    const dram = keep("DRAM", ...all);
    const tail = [loop("m", 1), loop("n", 1), loop("k", 1)];
    expect(problems([dram, keep("GLB", "Inputs"), spatial("m", 1, "x", "columns"), ...tail], small, grid)).to.eql([
      "spatial-too-deep",
    ]);
    expect(problems([dram, spatial("m", 1, "y", "rows"), keep("GLB", "Inputs"), ...tail], small, grid)).to.eql([
      "spatial-too-high",
    ]);
    expect(
      problems([dram, spatial("k", 1, "x", "lanes"), spatial("m", 1, "y", "rows"), ...tail], small, grid),
    ).to.deep.equal(["fanout-order"]);
    expect(problems([dram, keep("GLB", "Inputs"), spatial("k", 1, "y"), ...tail], small, grid)).to.eql([
      "which-fanout",
    ]);
    expect(problems([dram, keep("GLB", "Inputs"), spatial("k", 1, "x"), ...tail], small, grid)).to.be.empty;
    expect(problems([dram, spatial("k", 1, "x"), keep("GLB", "Inputs"), ...tail], small, grid)).to.be.empty;
    expect(problems([dram, keep("RF", "Inputs"), spatial("k", 1, "x"), ...tail], small, grid)).to.eql([
      "no-fanout-here",
    ]);
    expect(problems([dram, spatial("m", 2, "y", "rows"), spatial("k", 1, "y"), ...tail], small, grid)).to.deep.equal([
      "which-fanout",
    ]);
    expect(problems([dram, spatial("m", 2, "x", "lanes"), spatial("k", 1, "x"), ...tail], small, grid)).to.eql([
      "fanout-too-small",
    ]);
  });

  it("counts instances per axis, imperfect loops at their full number", () => {
    const grid = architecture(storage("DRAM"), fanout("PEs", 3, 1), storage("RF", 99, optional));
    const dram = keep("DRAM", ...all);
    expect(problems([dram, spatial("m", 2, "x"), ...rest], small, grid)).to.be.empty;
    expect(texts([dram, spatial("m", 3, "x"), loop("m", 1), spatial("n", 1, "x"), loop("k", 1)], small, grid)).to.eql([
      'PEs has 3 along x, the loops need 6: m 2 × n 3 | larger tiles ("by") or fewer spatial loops on x',
    ]);
  });

  it("adds up the tiles against the capacity, padding and halo included", () => {
    const layer = conv1d({ p: 4, r: 3 }, 2);
    const on = (words: number, more = {}): Architecture =>
      architecture(storage("DRAM"), storage("GLB", words, { ...optional, ...more }));
    const nodes = [keep("DRAM", ...all), loop("p", 2), keep("GLB", ...all), loop("p", 1), loop("r", 1)];
    expect(problems(nodes, layer, on(10))).to.be.empty;
    expect(texts(nodes, layer, on(9))).to.deep.equal([
      "the tiles need 10 words in GLB, it has 9: Inputs 5, Weights 3, Outputs 2 | smaller tiles, or loops moved above this node",
    ]);
    expect(problems(nodes, layer, on(20, { buffering: "double" }))).to.be.empty;
    expect(texts(nodes, layer, on(19, { buffering: "double" }))[0]).to.contain("it has 9 (half of it");
    const split = on(0, {
      capacity: {
        kind: "per-tensor",
        words: new Map([
          ["Inputs", 5],
          ["Weights", 2],
          ["Outputs", 2],
        ]),
      },
    });
    expect(texts(nodes, layer, split)).to.deep.equal([
      "Weights needs 3 words in GLB, it has 2 | smaller tiles, or loops moved above this node",
    ]);
  });

  it("takes AccelForge's occupancy where its conventions are asked for", () => {
    const layer = gemm({ m: 8, n: 8, k: 8 });
    const on = architecture(storage("DRAM"), storage("GLB", 8, optional));
    const nodes = [keep("DRAM", ...all), keep("GLB", "Weights"), loop("m", 1), loop("n", 1), loop("k", 1)];
    expect(checkLegality(mapping(...nodes), layer, on).ok).to.equal(false);
    expect(checkLegality(mapping(...nodes), layer, on, { conventions: "accelforge" }).ok).to.equal(true);
  });

  it("refuses bounds whose counts could pass 2^53", () => {
    const huge = gemm({ m: 2 ** 20, n: 2 ** 20, k: 2 ** 20 });
    expect(problems([keep("DRAM", ...all), ...rest], huge, flat)).to.deep.equal(["counts-too-large"]);
  });

  it("tells the place that it was given", () => {
    const result = checkLegality(mapping(keep("DRAM", ...all), loop("m", 9), ...rest.slice(1)), small, flat, {
      at: (i) => ({ file: "m.yaml", path: `mapping[${i}]`, line: i + 2, column: 5 }),
    });
    expect(result.ok ? [] : result.errors.map((e) => [e.code, e.at.line])).to.deep.equal([
      ["mapping/tile-over-extent", 3],
      ["mapping/not-covered", 1],
    ]);
  });
});
