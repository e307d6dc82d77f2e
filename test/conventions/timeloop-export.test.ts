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
import { evaluateAsTimeloop } from "../../sim/conventions/index.js";
import { type Layer, parseInlineLayer } from "../../workloads/index.js";
import { architecture as chip, fanout, gemm, storage } from "../mappings/fixtures.js";
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
    expect(written).to.be.greaterThan(25);
    expect([...reasons.keys()].join("\n")).to.match(/between different loops/);
  });

  it("are refused with every reason where Timeloop has no words", () => {
    const architecture = chip(storage("DRAM"), fanout("PEs", 4, 4), storage("RF"));
    const legal = legalOf(gemm({ m: 8, n: 8, k: 8 }), architecture, [
      { kind: "keep", tensors: ["Inputs", "Weights", "Outputs"], level: "DRAM" },
      { kind: "for", variable: "m", by: 4 },
      { kind: "for", variable: "n", by: 1 },
      { kind: "for", variable: "m", by: 2 },
      { kind: "spatial", variable: "k", by: 3, axis: "x", fanout: "PEs" },
      { kind: "keep", tensors: ["Inputs", "Weights"], level: "RF" },
      { kind: "for", variable: "m", by: 1 },
      { kind: "keep", tensors: ["Outputs"], level: "RF" },
      { kind: "for", variable: "k", by: 1 },
    ]);
    const result = exportTimeloop(legal);
    const messages = result.ok ? [] : result.errors.map((e) => e.message);
    expect(messages).to.deep.equal([
      "RF keeps its tensors between different loops; Timeloop keeps them all at one place",
      "two temporal loops over one variable stand at DRAM; Timeloop has one a storage",
      "the tiles of k, which is spread over instances, have a remainder, which Timeloop cuts off",
    ]);
  });
});

function sameAfterwards(mapping: LegalMapping, name: string): void {
  const result = exportTimeloop(mapping);
  if (!result.ok) throw new Error(`${name}: ${result.errors.map(format).join("\n")}`);
  const again = legalFrom(result.value.files);
  for (const linkTransfers of [false, true])
    expect(figuresOf(again, linkTransfers), name).to.deep.equal(figuresOf(mapping, linkTransfers));
}

/** Per tensor, level by level: what is printed; names of levels may differ, where one was split per tensor. */
function figuresOf(mapping: LegalMapping, linkTransfers: boolean): unknown {
  const { evaluation, levels } = evaluateAsTimeloop(mapping, { linkTransfers });
  const tensors = mapping.layer.einsum.tensors.map(({ name }) => ({
    name,
    levels: levels.flatMap((level) =>
      level.tensors
        .filter((t) => t.name === name)
        .map((t) => [t.tileWords, t.instances, t.reads, t.fills, t.updates, Math.round(t.energy * 1e6)]),
    ),
  }));
  return { cycles: evaluation.cycles, energy: Math.round(evaluation.energy * 1000), tensors };
}

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
