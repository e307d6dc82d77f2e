import { expect } from "chai";
import { builtInArchitecture, parseArchitecture, type VectorUnit } from "../../arch-specs/index.js";
import { seeded } from "../../base/index.js";
import { randomLegalMapping } from "../../mappings/index.js";
import { energyParts, vectorResultOf } from "../../reports/index.js";
import { compareOutputs, execute, executeVector } from "../../sim/machine/index.js";
import { predict, predictVector } from "../../sim/model/index.js";
import { priceVector } from "../../sim/pricing/index.js";
import {
  everyLayerOf,
  isWordByWord,
  kindNames,
  type Layer,
  parseInlineLayer,
  parseWorkload,
  reference,
  seededInputs,
  vocabularyOf,
} from "../../workloads/index.js";

/** Small sizes by key; what a kind has no key for is left out. */
const SIZES: Readonly<Record<string, number>> = {
  ...{ N: 2, M: 4, C: 4, G: 2, H: 5, W: 4, L: 3, R: 3, S: 2, T: 2, U: 2, K: 3, B: 2, I: 3 },
};
const PADDED = new Set(["max-pool", "average-pool", "lp-pool", "conv", "depthwise"]);

function layersOf(kind: string): readonly Layer[] {
  const keys = vocabularyOf(kind)?.keys ?? [];
  const isGlobal = kind === "fc" || kind.startsWith("global");
  const sizes = Object.entries(SIZES).filter(([key]) => keys.includes(key) && !(isGlobal && "RSTU".includes(key)));
  const padding = PADDED.has(kind) ? ["Z=1", "padding=free"] : [];
  const parsed = parseInlineLayer(`${kind}:${[...sizes.map(([key, size]) => `${key}=${size}`), ...padding]}`);
  if (!parsed.ok) throw new Error(parsed.errors[0]?.message);
  return parsed.value.layers;
}
/** Of floats: kept away from where a root or a logarithm of nothing is not a number. */
const inputsOf = (layer: Layer) =>
  seededInputs(layer.einsum, 3).map((values) => values.map((x) => (x === 0 ? 0.25 : x)));

describe("every kind of layer", () => {
  const eyeriss = builtInArchitecture("textbook");
  if (eyeriss?.ok !== true) throw new Error("textbook");
  const architecture = eyeriss.value;
  const unit: VectorUnit = {
    name: "VPU",
    level: 1,
    lanes: 8,
    energy: { operation: 1, activation: 4 },
    leak: 0,
    area: 0,
  };
  for (const kind of kindNames) {
    it(`${kind} runs on the array: values right, counts alike by formula and by execution`, () => {
      for (const layer of layersOf(kind)) {
        const mapping = randomLegalMapping(layer, architecture, seeded(5), { imperfect: false });
        if (mapping === null) throw new Error(`${layer.name} has no mapping`);
        const inputs = inputsOf(layer);
        const { counts, output } = execute(mapping, inputs);
        expect(counts, layer.name).to.deep.equal(predict(mapping));
        const expected = reference(layer.einsum, inputs);
        expect(compareOutputs(output, expected, layer.einsum).status, layer.name).to.not.equal("failed");
      }
    });
    it(`${kind} runs on a vector unit, if it goes word by word`, () => {
      for (const layer of layersOf(kind)) {
        if (!isWordByWord(layer.einsum)) {
          expect(kind).to.match(/^deconv/);
          continue;
        }
        const inputs = inputsOf(layer);
        for (const padding of ["counted", "free"] as const) {
          const einsum = { ...layer.einsum, padding };
          const { counts, output } = executeVector(einsum, unit, inputs);
          expect(counts, layer.name).to.deep.equal(predictVector(einsum, unit));
          const atDram = { ...unit, level: 0 };
          expect(executeVector(einsum, atDram, inputs).counts).to.deep.equal(predictVector(einsum, atDram));
          const expected = reference(einsum, inputs);
          expect(compareOutputs(output, expected, einsum).status, layer.name).to.not.equal("failed");
        }
      }
    });
  }
});

describe("the vector unit", () => {
  const text = `name: small
clock: 1 GHz
vector: {name: VPU, at: GLB, lanes: 4, energy: {operation: 2 pJ, activation: 3 pJ}}
levels:
  - storage: DRAM
    energy: {read: 100 pJ, write: 100 pJ}
  - storage: GLB
    capacity: 64 word
    block: 2 word
    bandwidth: {read: 1 word/cycle}
    energy: {read: 10 pJ, write: 20 pJ}
  - compute: MAC
    energy: 1 pJ
`;
  it("costs its operations, its accesses, and the copies in and out", () => {
    const parsed = parseArchitecture(text, "small.yaml");
    const [pool] = layersOf("max-pool");
    if (!parsed.ok || pool === undefined || parsed.value.vector === undefined) throw new Error("a vector unit");
    const relu = parseInlineLayer("relu:C=5");
    const [layer] = relu.ok ? relu.value.layers : [];
    if (layer === undefined) throw new Error("a relu");
    const counts = predictVector(layer.einsum, parsed.value.vector);
    expect(counts).to.deep.equal({
      operations: 0,
      posts: 5,
      levels: [
        {
          level: 0,
          tensors: [
            { tensor: 0, fills: 0, reads: 5, updates: 0, drains: 0 },
            { tensor: 1, fills: 0, reads: 0, updates: 5, drains: 0 },
          ],
        },
        {
          level: 1,
          tensors: [
            { tensor: 0, fills: 5, reads: 5, updates: 0, drains: 0 },
            { tensor: 1, fills: 0, reads: 0, updates: 5, drains: 5 },
          ],
        },
      ],
    });
    const priced = priceVector(counts, parsed.value.vector, parsed.value);
    // Ten words leave GLB by a port of one word a cycle; three blocks of each of four kinds of access.
    expect(priced.cycles).to.equal(10);
    expect(priced.energy).to.equal(5 * 3 + 10 * 100 + 3 * (20 + 10 + 20 + 10));
    expect(priced.utilization).to.equal(5 / 40);
    expect(priced.leakage).to.equal(0);
  });
  it("is priced with what the whole chip leaks in the cycles of its layers", () => {
    const leaky = `clock: 1 GHz
vector: {at: GLB, lanes: 4, energy: 3 pJ, leak: 0.5 pJ/cycle, area: 7 um2}
levels:
  - {storage: DRAM, energy: {leak: 1 pJ/cycle}}
  - {storage: GLB, bandwidth: {read: 1 word/cycle}, leak: 2 pJ/cycle}
  - {fanout: PEs, x: 3, leak: 10 pJ/cycle}
  - {storage: RF, leak: 100 pJ/cycle}
  - {compute: MAC, leak: 1000 pJ/cycle}
`;
    const read = parseArchitecture(leaky, "leaky.yaml");
    const relu = parseInlineLayer("relu:C=5");
    const [layer] = relu.ok ? relu.value.layers : [];
    if (!read.ok || read.value.vector === undefined || layer === undefined) throw new Error("a relu on a vector unit");
    const { vector } = read.value;
    const priced = priceVector(predictVector(layer.einsum, vector), vector, read.value);
    const each = 1 + 2 + 3 * 10 + 3 * 100 + 3 * 1000 + 4 * 0.5;
    expect(priced.leakage).to.equal(10 * each);
    expect(priced.energy).to.equal(10 * each + 5 * 3);
    expect(priced.computeEnergy).to.equal(10 * 4 * 0.5 + 5 * 3);
    expect(priced.idle).to.equal(10 * 3000);
    // In a report every part stands, the register files too, though nothing moves there.
    const result = vectorResultOf(layer, vector, read.value, priced, { workload: "w" });
    expect(result.levels.map(({ name, energy_pJ }) => [name, energy_pJ])).to.deep.equal([
      ["DRAM", 10],
      ["GLB", 20],
      ["RF", 3000],
    ]);
    expect(result.networks).to.deep.equal([{ name: "GLB→RF", hops: 0, energy_pJ: 300 }]);
    expect(result.idle).to.deep.equal({ name: "MAC", energy_pJ: 30000 });
    expect(result.area_um2).to.equal(28);
    const parts = energyParts(result).reduce((sum, { pJ }) => sum + pJ, 0);
    expect(parts).to.equal(result.energy_pJ);
  });
  it("takes the light steps of a network, activations by themselves unless fused", () => {
    const network = parseWorkload(
      `defaults: {bias: true, activation: relu}
network:
  - {name: conv1, conv: {M: 4, C: 3, H: 6, W: 6, R: 3, S: 3}}
  - {name: pool1, max-pool: {R: 2, S: 2, U: 2}}
  - {name: fc, fc: {M: 2}, activation: none}
  - {name: softmax, softmax: {}}
`,
      "net.yaml",
    );
    if (!network.ok) throw new Error(network.errors[0]?.message);
    const names = (fuse: boolean): readonly string[] => everyLayerOf(network.value, fuse).map(({ name }) => name);
    const softmax = ["softmax.maxima", "softmax.exponentials", "softmax.sums", "softmax.shares"];
    expect(names(false)).to.deep.equal(["conv1", "conv1.relu", "pool1", "fc", ...softmax]);
    expect(names(true)).to.deep.equal(["conv1", "pool1", "fc", ...softmax]);
    const [conv1, , fc] = everyLayerOf(network.value, true);
    expect(conv1?.einsum.tensors.map(({ name }) => name)).to.deep.equal(["Inputs", "Weights", "Bias", "Outputs"]);
    expect(conv1?.einsum.operation).to.deep.equal({
      ...{ combine: "multiply", reduce: "add", start: { tensor: "Bias" } },
      after: { kind: "activation", name: "relu" },
    });
    expect(fc?.einsum.operation.after).to.equal(null);
  });
});
