import { join } from "node:path";
import { expect } from "chai";
import { type Architecture, builtInArchitecture } from "../../arch-specs/index.js";
import { format, seeded } from "../../base/index.js";
import {
  checkLegality,
  exportTimeloop,
  type LegalMapping,
  type MappingNode,
  randomLegalMapping,
  type TimeloopFile,
} from "../../mappings/index.js";
import { type Layer, parseInlineLayer } from "../../workloads/index.js";
import { architecture as chip, fanout, gemm, storage } from "../mappings/fixtures.js";
import { sameAfterwards } from "./round-trip.js";
import { asFiles, casesIn, filesOf, legalFrom, sample, triplesIn } from "./timeloop-files.js";

describe("Timeloop's files, written", () => {
  it("evaluate to the same after reading them back, for every recorded design", () => {
    const designs = [
      ...casesIn(sample).map((name): readonly [string, readonly TimeloopFile[]] => [name, filesOf(sample, name)]),
      ...triplesIn(join(sample, "designs.jsonl")).map((t): readonly [string, readonly TimeloopFile[]] => [
        t.id,
        asFiles(t),
      ]),
    ];
    for (const [name, files] of designs) sameAfterwards(legalFrom(files), name);
  });

  it("evaluate to the same for random mappings, or say why not", () => {
    const random = seeded(7);
    const layers = [
      "conv:M=4,C=3,P=4,Q=3,R=2,S=3,U=2",
      "gemm:M=6,N=4,K=8",
      "einsum:'O[m,n] += A[m,k]*B[k,n]',M=4,N=4,K=4",
    ];
    const reasons = new Map<string, number>();
    let written = 0;
    for (let i = 0; i < 250; i++) {
      const layer = layerFrom(random.pick(layers));
      const architecture = builtIn(random.pick(["textbook", "eyeriss", "shidiannao", "systolic-ws"]));
      const mapping = randomLegalMapping(layer, architecture, random, { imperfect: random.integer(0, 3) === 0 });
      if (mapping === null) continue;
      const result = exportTimeloop(mapping);
      if (!result.ok) for (const { message } of result.errors) reasons.set(message.replace(/\d+/g, "#"), i);
      else {
        written++;
        sameAfterwards(mapping, `mapping ${i}`);
      }
    }
    expect(written).to.be.greaterThan(150);
    expect([...reasons.keys()].join("\n")).to.match(/have a remainder/);
  });

  it("take a storage apart where tensors are kept between different loops, and a fan-out where its axes differ", () => {
    const reduced = { reduction: { x: new Set<string>(), y: "all" } } as const;
    const levels = chip(storage("DRAM"), storage("GLB", 64), fanout("PEs", 4, 4, reduced), storage("RF"));
    const legal = legalOf(gemm({ m: 8, n: 8, k: 8 }), levels, [
      { kind: "keep", tensors: ["Inputs", "Weights", "Outputs"], level: "DRAM" },
      { kind: "for", variable: "m", by: 2 },
      { kind: "keep", tensors: ["Outputs"], level: "GLB" },
      { kind: "for", variable: "n", by: 4 },
      { kind: "keep", tensors: ["Inputs", "Weights"], level: "GLB" },
      { kind: "for", variable: "n", by: 2 },
      { kind: "spatial", variable: "k", by: 4, axis: "x", fanout: "PEs" },
      { kind: "spatial", variable: "k", by: 1, axis: "y", fanout: "PEs" },
      { kind: "keep", tensors: ["Inputs", "Weights", "Outputs"], level: "RF" },
      { kind: "for", variable: "m", by: 1 },
      { kind: "for", variable: "n", by: 1 },
    ]);
    const result = exportTimeloop(legal);
    const names = result.ok
      ? [...(result.value.files[0]?.text ?? "").matchAll(/name: "(\w+)\[/g)].map((m) => m[1])
      : [];
    expect(names).to.deep.equal(["DRAM", "GLB_Outputs", "GLB_Inputs", "GLB_Weights", "only_PEs_x", "RF", "MAC"]);
    sameAfterwards(legal, "taken apart");
  });

  it("are refused with every reason where Timeloop has no words", () => {
    const bandwidth = { read: 4, write: 4, shared: Number.POSITIVE_INFINITY };
    const levels = chip(storage("DRAM"), fanout("PEs", 4, 4), storage("RF", 512, { bandwidth }));
    const legal = legalOf(gemm({ m: 8, n: 8, k: 8 }), levels, [
      { kind: "keep", tensors: ["Inputs", "Weights", "Outputs"], level: "DRAM" },
      { kind: "for", variable: "n", by: 1 },
      { kind: "spatial", variable: "k", by: 3, axis: "x", fanout: "PEs" },
      { kind: "keep", tensors: ["Inputs", "Weights"], level: "RF" },
      { kind: "for", variable: "m", by: 1 },
      { kind: "keep", tensors: ["Outputs"], level: "RF" },
      { kind: "for", variable: "k", by: 1 },
    ]);
    const result = exportTimeloop(legal);
    const messages = result.ok ? [] : result.errors.map((e) => e.message);
    expect(messages).to.deep.equal([
      "RF keeps its tensors between different loops and has a bandwidth for all of them; Timeloop would need one storage a tensor",
    ]);
    const even = legal.nodes.filter((node) => node.kind !== "keep" || node.level !== 2);
    const cut = exportTimeloop({ ...legal, nodes: even });
    expect(cut.ok ? [] : cut.errors.map((e) => e.message)).to.deep.equal([
      "the tiles of k, which is spread over instances, have a remainder, which Timeloop cuts off",
    ]);
  });
});

function layerFrom(text: string): Layer {
  const workload = parseInlineLayer(text);
  if (!workload.ok) throw new Error(workload.errors.map(format).join("\n"));
  return workload.value.layers[0] as Layer;
}

function builtIn(name: string): Architecture {
  const architecture = builtInArchitecture(name, new Map());
  if (architecture === undefined || !architecture.ok) throw new Error(`no architecture ${name}`);
  return architecture.value;
}

function legalOf(layer: Layer, architecture: Architecture, nodes: readonly MappingNode[]): LegalMapping {
  const legal = checkLegality({ nodes }, layer, architecture);
  if (!legal.ok) throw new Error(legal.errors.map(format).join("\n"));
  return legal.value;
}
