import { expect } from "chai";
import type { Mapping } from "../../mappings/index.js";
import { checkLegality } from "../../mappings/index.js";
import type { Counts } from "../../sim/counts.js";
import { price } from "../../sim/pricing/index.js";
import { architecture, fanout, gemm, storage } from "../mappings/fixtures.js";

// DRAM → buffers of 4 words a block on a mesh of 4, three of them used, two of them alike.
const unlimited = Number.POSITIVE_INFINITY;
const arch = architecture(
  storage("DRAM", unlimited, {
    energy: { read: 200, write: 100, update: 150, leak: 0 },
    bandwidth: { read: unlimited, write: unlimited, shared: 4 },
  }),
  fanout("Mesh", 4, 1, { hopEnergy: 2, leak: 0.25 }),
  storage("Buffer", unlimited, {
    block: 4,
    energy: { read: 6, write: 5, update: 7, leak: 0.5 },
    bandwidth: { read: 1, write: 2, shared: unlimited },
  }),
);
const layer = gemm({ m: 3, n: 5, k: 2 });
const mapping: Mapping = {
  nodes: [
    { kind: "keep", tensors: ["Inputs", "Weights", "Outputs"], level: "DRAM" },
    { kind: "spatial", variable: "m", by: 1, axis: "x", fanout: null },
    { kind: "keep", tensors: ["Inputs", "Weights", "Outputs"], level: "Buffer" },
    { kind: "for", variable: "n", by: 1 },
    { kind: "for", variable: "k", by: 1 },
  ],
};
const counts: Counts = {
  macs: 30,
  steps: 10,
  computeInstances: 3,
  levels: [
    {
      level: 0,
      utilizedInstances: 1,
      tiles: [{ tensor: 0, words: 10 }],
      classes: [{ instances: 1, tensors: [{ tensor: 0, fills: 0, reads: 70, updates: 30, drains: 0 }] }],
    },
    {
      level: 2,
      utilizedInstances: 3,
      tiles: [
        { tensor: 0, words: 10 },
        { tensor: 2, words: 5 },
      ],
      classes: [
        {
          instances: 2,
          tensors: [
            { tensor: 0, fills: 10, reads: 9, updates: 0, drains: 0 },
            { tensor: 2, fills: 1, reads: 5, updates: 10, drains: 5 },
          ],
        },
        {
          instances: 1,
          tensors: [
            { tensor: 0, fills: 10, reads: 11, updates: 0, drains: 0 },
            { tensor: 2, fills: 0, reads: 5, updates: 10, drains: 5 },
          ],
        },
      ],
    },
  ],
  networks: [{ level: 1, hops: 60 }],
};

describe("the price of counts", () => {
  const legal = checkLegality(mapping, layer, arch);
  if (!legal.ok) throw new Error("the mapping of this test is legal");
  const priced = price(counts, legal.value);
  const [dram, buffer] = priced.levels;

  it("takes the slowest resource for the cycles, as the literal ratio", () => {
    // DRAM moves 100 words at 4 a cycle, a buffer reads 21 at 1 and writes 21 at 2, compute takes 10 steps.
    expect(priced.cycles).to.equal(25);
    expect(priced.bound).to.deep.equal({ kind: "bandwidth", level: 0, port: "shared" });
    expect(priced.levels.map((level) => level.cycles)).to.deep.equal([25, 21]);
  });

  it("pays for whole blocks, instance by instance", () => {
    const inputs = buffer?.tensors.find((t) => t.tensor === 0);
    expect(inputs).to.include({ tileWords: 10, fills: 30, reads: 29, updates: 0, drains: 0 });
    expect(inputs?.energies).to.deep.equal({ fills: 9 * 5, reads: 9 * 6, updates: 0, drains: 0 });
    const outputs = buffer?.tensors.find((t) => t.tensor === 2);
    expect(outputs?.energies).to.deep.equal({ fills: 2 * 5, reads: 6 * 6, updates: 9 * 7, drains: 6 * 6 });
  });

  it("adds up accesses, hops, operations and the leakage of all instances that exist", () => {
    const accesses = 70 * 200 + 30 * 150 + (45 + 54) + (10 + 36 + 63 + 36);
    expect(dram?.energy).to.equal(70 * 200 + 30 * 150);
    expect(priced.networks).to.deep.equal([{ level: 1, hops: 60, energy: 120 + 25, leakage: 0.25 * 4 * 25 }]);
    expect(priced.compute.energy).to.equal(30);
    expect(priced.leakage).to.equal(0.5 * 4 * 25 + 0.25 * 4 * 25);
    expect(priced.energy).to.equal(accesses + 120 + 30 + 50 + 25);
    expect(priced.edp).to.equal(priced.energy * 25);
  });

  it("adds what an idle vector unit leaks", () => {
    const unit = { name: "V", level: 0, lanes: 8, energy: { operation: 1, activation: 1 }, leak: 0.5, area: 0 };
    const beside = checkLegality(mapping, layer, { ...arch, vector: unit });
    if (!beside.ok) throw new Error("a vector unit makes no mapping illegal");
    const more = price(counts, beside.value);
    expect(more.idle).to.equal(25 * 8 * 0.5);
    expect(more.energy).to.equal(priced.energy + 100);
    expect(more.leakage).to.equal(priced.leakage + 100);
  });

  it("tells how much of the array and of its time is used", () => {
    expect(priced.spatialUtilization).to.equal(3 / 4);
    expect(priced.utilization).to.equal(30 / (25 * 4));
    expect(buffer).to.include({ instances: 4, utilizedInstances: 3, usedWords: 15 });
  });
});
