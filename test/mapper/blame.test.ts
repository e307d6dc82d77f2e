import { expect } from "chai";
import { type Architecture, parseArchitecture } from "../../arch-specs/index.js";
import { type Blame, blame as blameIn, contradictions, isPossible } from "../../mapper/index.js";
import {
  type Dataflow,
  everyLegalMapping,
  parseDataflow,
  type ResolvedDataflow,
  resolveDataflow,
} from "../../mappings/index.js";
import { type Layer, parseInlineLayer } from "../../workloads/index.js";

const never = (): boolean => false;

const blame = (layer: Layer, architecture: Architecture, dataflow: ResolvedDataflow | null): Blame | null =>
  blameIn({ layer, architecture, dataflow, conventions: "loopwright" }, never);

function layerOf(spec: string): Layer {
  const parsed = parseInlineLayer(spec);
  const [layer] = parsed.ok ? parsed.value.layers : [];
  if (layer === undefined) throw new Error(spec);
  return layer;
}

function architectureOf(pe: string): Architecture {
  const text = `name: tiny
levels:
  - {storage: DRAM, keeps: all}
  - {fanout: PEs, x: 2, y: 3}
  - {storage: PE, ${pe}}
  - {compute: MAC}
`;
  const parsed = parseArchitecture(text, "tiny.yaml");
  if (!parsed.ok) throw new Error(parsed.errors[0]?.message);
  return parsed.value;
}

function dataflowOf(text: string): Dataflow {
  const parsed = parseDataflow(`dataflow: mine\n${text}\n`, "mine.yaml");
  if (!parsed.ok) throw new Error(parsed.errors[0]?.message);
  return parsed.value;
}

function resolved(text: string, architecture: Architecture, layer: Layer): ResolvedDataflow {
  const found = resolveDataflow(dataflowOf(text), architecture, layer.einsum);
  if (!found.ok) throw new Error(found.errors[0]?.message);
  return found.value;
}

const isLegal = (layer: Layer, architecture: Architecture, text: string): boolean =>
  !everyLegalMapping(layer, architecture, { dataflow: dataflowOf(text) }).next().done;

describe("why no mapping is legal", () => {
  it("is the least capacity that suffices: brute force finds a mapping with it, and none with a word less", () => {
    const cases = [
      ["gemm:M=4,N=2,K=6", "PE: {factors: {k: 3}, keeps: [Weights]}"],
      ["gemm:M=4,N=2,K=6", "PE: {factors: {k: 3, m: 2}, keeps: [Weights, Inputs]}"],
      ["gemm:M=4,N=2,K=6", "PE: {factors: {k: 6, m: 2}, keeps: [Outputs, Inputs, Weights]}"],
      ["conv:N=1,M=2,C=1,P=4,Q=1,R=3,S=1", "PE: {factors: {p: 2, r: 3}, keeps: [Inputs, Weights]}"],
      ["conv:N=1,M=1,C=2,P=4,Q=1,R=2,S=1,U=2", "PE: {factors: {p: 4, c: 2}, keeps: [Inputs, Outputs]}"],
    ] as const;
    for (const [spec, flow] of cases) {
      const layer = layerOf(spec);
      const small = (words: number): Architecture => architectureOf(`capacity: ${words} word, mayKeep: all`);
      const tight = small(1);
      const found = blame(layer, tight, resolved(flow, tight, layer));
      const needed = Number(/needs? (\d+) words? in PE, it has 1/.exec(found?.reasons[0] ?? "")?.[1]);
      expect(found?.reasons, `${spec} ${flow}`).to.have.length(1);
      expect(isLegal(layer, small(needed), flow), `${spec} ${flow}: ${needed} suffice`).to.equal(true);
      expect(isLegal(layer, small(needed - 1), flow), `${spec} ${flow}: ${needed - 1} do not`).to.equal(false);
    }
  });

  it("names one tensor's own capacity, and what else would do", () => {
    const layer = layerOf("gemm:M=2,N=2,K=3");
    const tiny = architectureOf("capacity: {Inputs: 9, Weights: 2, Outputs: 9}, keeps: [Weights]");
    const found = blame(layer, tiny, resolved("PE: {factors: {k: 3}}", tiny, layer));
    expect(found?.reasons).to.deep.equal(["Weights needs 3 words in PE, it has 2"]);
    expect(found?.alternatives).to.include("let Weights bypass PE (mayKeep instead of keeps)");
    expect(found?.alternatives).to.include("drop the factor of k in PE in mine");
  });

  it("names keeps where no size is at fault, and several constraints where one is not enough", () => {
    const layer = layerOf("gemm:M=2,N=2,K=3");
    const twice = architectureOf("capacity: 2 word, keeps: all}\n  - {storage: Register, capacity: 1 word, keeps: all");
    const found = blame(layer, twice, null);
    expect(found?.reasons).to.deep.equal([
      "the tiles need 3 words in PE, it has 2: Inputs 1, Weights 1, Outputs 1",
      "the tiles need 3 words in Register, it has 1: Inputs 1, Weights 1, Outputs 1",
    ]);
    const text = `name: small
levels:
  - {storage: DRAM, capacity: 20 word, keeps: all}
  - {storage: PE, capacity: 2 word, keeps: all}
  - {compute: MAC}
`;
    const small = parseArchitecture(text, "small.yaml");
    if (!small.ok) throw new Error(small.errors[0]?.message);
    expect(blame(layer, small.value, null)?.reasons).to.deep.equal([
      "the tiles need 3 words in PE, it has 2: Inputs 1, Weights 1, Outputs 1",
    ]);
    expect(blame(layerOf("gemm:M=4,N=4,K=4"), small.value, null)?.reasons).to.deep.equal([
      "the tiles need 48 words in DRAM, it has 20: Inputs 16, Weights 16, Outputs 16",
      "the tiles need 3 words in PE, it has 2: Inputs 1, Weights 1, Outputs 1",
    ]);
    const narrow = architectureOf("capacity: 2 word, keeps: all");
    const three = blame(layer, narrow, null);
    expect(three?.reasons).to.deep.equal(["the tiles need 3 words in PE, it has 2: Inputs 1, Weights 1, Outputs 1"]);
    expect(three?.alternatives).to.deep.equal(
      ["Inputs", "Weights", "Outputs"].map((tensor) => `let ${tensor} bypass PE (mayKeep instead of keeps)`),
    );
  });

  it("is told without a search where the dataflow contradicts the layer or the array", () => {
    const layer = layerOf("gemm:M=4,N=2,K=6");
    const tiny = architectureOf("capacity: 9 word, mayKeep: all");
    const told = (text: string): readonly string[] =>
      contradictions({ layer, architecture: tiny, dataflow: resolved(text, tiny, layer) });
    expect(told("PE: {factors: {m: 3}, keeps: [Weights]}")).to.deep.equal([
      "mine asks for iterations of m that 4 is no multiple of: 3 in PE",
    ]);
    expect(told("PEs: {factors: {m: 4, k: 3}}")).to.deep.equal([
      "PEs has 2 × 3 (x × y), too few for the iterations that mine asks for: 4 of m × 3 of k",
    ]);
    expect(told("PEs: {factors: {m: 2, k: 3}}")).to.deep.equal([]);
    expect(told("PEs: {factors: {m: 2}, x: [k], y: [k, m]}")).to.deep.equal([]);
    expect(isLegal(layer, tiny, "PEs: {factors: {m: 2}, x: [k], y: [k, m]}")).to.equal(true);
    expect(isLegal(layer, tiny, "PEs: {factors: {m: 4, k: 3}}")).to.equal(false);
  });

  it("is asked of the smallest layer with the same answer, which brute force over the whole one gives, too", () => {
    const layer = layerOf("gemm:M=2,N=2,K=4");
    let impossible = 0;
    for (const [k, m] of [
      [2, 1],
      [4, 1],
      [2, 2],
      [4, 2],
    ])
      for (const keeps of ["[Weights]", "[Inputs, Weights]", "[Inputs, Weights, Outputs]"])
        for (const words of [1, 2, 4, 7]) {
          const flow = `PE: {factors: {k: ${k}, m: ${m}}, keeps: ${keeps}}`;
          const architecture = architectureOf(`capacity: ${words} word, mayKeep: all`);
          const asked = {
            ...{ layer, architecture, dataflow: resolved(flow, architecture, layer) },
            conventions: "loopwright" as const,
          };
          const legal = isLegal(layer, architecture, flow);
          expect(isPossible(asked, never), `${flow} in ${words} words`).to.equal(legal);
          if (!legal) impossible++;
        }
    expect(impossible).to.be.within(10, 40);
  });
});
