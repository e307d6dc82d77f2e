import { expect } from "chai";
import {
  type Architecture,
  type ComputeLevel,
  type FanoutLevel,
  parseArchitecture,
  type StorageLevel,
} from "../../arch-specs/index.js";
import { format } from "../../base/index.js";

/** The architecture of a text that must be right. */
function parsed(text: string, settings?: Readonly<Record<string, string>>): Architecture {
  const read = parseArchitecture(text, "test.yaml", new Map(Object.entries(settings ?? {})));
  if (!read.ok) throw new Error(read.errors.map(format).join("\n"));
  return read.value;
}
const storageOf = (text: string): StorageLevel => parsed(text).levels[0] as StorageLevel;
const storage = (fields: string, top = ""): StorageLevel =>
  storageOf(`${top}\nlevels:\n  - {storage: GLB, ${fields}}\n  - compute: MAC\n`);
const fanout = (fields: string): FanoutLevel =>
  parsed(`levels:\n  - storage: DRAM\n  - {fanout: PEs, ${fields}}\n  - compute: MAC\n`).levels[1] as FanoutLevel;
const compute = (fields: string): ComputeLevel =>
  parsed(`clock: 1 GHz\nlevels:\n  - storage: DRAM\n  - {compute: MAC, ${fields}}\n`).levels[1] as ComputeLevel;

describe("arch-specs: reading a level", () => {
  it("takes capacities in words, bytes and bits, shared and per tensor", () => {
    expect(storage("capacity: 1000").capacity).to.deep.equal({ kind: "shared", words: 1000 });
    expect(storage("capacity: 2 Kiword").capacity).to.deep.equal({ kind: "shared", words: 2048 });
    expect(storage("capacity: 108 KiB").capacity).to.deep.equal({ kind: "shared", words: 55296 });
    expect(storage("word: 8 bit, capacity: 108 kB").capacity).to.deep.equal({ kind: "shared", words: 108000 });
    expect(storage("capacity: 100 bit").capacity).to.deep.equal({ kind: "shared", words: 6 });
    expect(storage("keeps: all").capacity).to.deep.equal({ kind: "shared", words: Infinity });
    expect(storage("capacity: {Inputs: 12, Weights: 448 byte}").capacity).to.deep.equal({
      kind: "per-tensor",
      words: new Map([
        ["Inputs", 12],
        ["Weights", 224],
      ]),
    });
  });

  it("hands the width of a word down to the storages below", () => {
    const text =
      "levels:\n  - {storage: A, word: 8 bit}\n  - {storage: B, capacity: 4 byte}\n  - {storage: C, word: 32 bit}\n  - compute: M\n";
    expect(parsed(text).levels.flatMap((level) => (level.kind === "storage" ? [level.wordBits] : []))).to.deep.equal([
      8, 8, 32,
    ]);
  });

  it("takes energies by access, word and bit, and update from write", () => {
    expect(storage("energy: {read: 6 pJ, write: 0.5 nJ}").energy).to.deep.equal({
      read: 6,
      write: 500,
      update: 500,
      leak: 0,
    });
    expect(storage("block: 4, energy: {read: 6 pJ/word, write: 2 pJ/bit, update: 3}").energy).to.deep.equal({
      read: 24,
      write: 128,
      update: 3,
      leak: 0,
    });
    expect(storage("leak: 2 mW", "clock: 200 MHz").energy.leak).to.equal(10);
    expect(storage("energy: {leak: 0.5 pJ/cycle}").energy.leak).to.equal(0.5);
  });

  it("takes bandwidths by cycle and by second", () => {
    const unlimited = { read: Infinity, write: Infinity, shared: Infinity };
    expect(storage("keeps: all").bandwidth).to.deep.equal(unlimited);
    expect(storage("bandwidth: 4").bandwidth).to.deep.equal({ ...unlimited, shared: 4 });
    expect(storage("bandwidth: {read: 64 bit/cycle, write: 2 word/cycle}").bandwidth).to.deep.equal({
      ...unlimited,
      read: 4,
      write: 2,
    });
    expect(storage("bandwidth: 3.2 GB/s", "clock: 200 MHz").bandwidth.shared).to.equal(8);
  });

  it("tells what is kept from keeps, mayKeep and bypasses", () => {
    const inner = (fields: string): StorageLevel =>
      parsed(`levels:\n  - storage: DRAM\n  - {storage: GLB, ${fields}}\n  - compute: M\n`).levels[1] as StorageLevel;
    const none = new Set<string>();
    expect(inner("block: 1")).to.include({ mayKeep: "all" }).and.to.have.property("keeps").that.deep.equals(none);
    expect(storage("block: 1").keeps).to.equal("all");
    expect(inner("keeps: [Inputs]").keeps).to.deep.equal(new Set(["Inputs"]));
    expect(inner("keeps: [Inputs]").mayKeep).to.deep.equal(none);
    expect(inner("bypasses: [Weights]").keeps).to.equal("all");
    expect(inner("bypasses: [Weights]").bypasses).to.deep.equal(new Set(["Weights"]));
    expect(inner("bypasses: all").keeps).to.deep.equal(none);
    expect(inner("mayKeep: all, bypasses: [Weights]").keeps).to.deep.equal(none);
  });

  it("takes what networks can do for all, for some, and per axis", () => {
    const none = new Set<string>();
    expect(fanout("x: 4")).to.deep.equal({
      kind: "fanout",
      name: "PEs",
      x: 4,
      y: 1,
      multicast: { x: "all", y: "all" },
      reduction: { x: "all", y: "all" },
      links: { x: none, y: none },
      hopEnergy: 0,
      leak: 0,
      area: 0,
    });
    const some = fanout("x: 2 * 3, y: 2, multicast: {x: [Inputs]}, reduction: none, links: all, energy: {hop: 2 pJ}");
    expect(some.multicast).to.deep.equal({ x: new Set(["Inputs"]), y: none });
    expect(some.reduction).to.deep.equal({ x: none, y: none });
    expect(some.links).to.deep.equal({ x: "all", y: "all" });
    expect([some.x, some.y, some.hopEnergy]).to.deep.equal([6, 2, 2]);
  });

  it("reads compute", () => {
    expect(compute("energy: 1 pJ, latency: 3 cycle, operationsPerCycle: 2, leak: 1 mW, area: 0.5 mm2")).to.deep.equal({
      kind: "compute",
      name: "MAC",
      operationsPerCycle: 2,
      energy: 1,
      leak: 1,
      latency: 3,
      area: 500_000,
    });
  });

  it("gives variables their values in any order, and settings before the file", () => {
    const text =
      "variables: {size: rows * cols, rows: 2 * cols, cols: 4, cost: 2 pJ}\nlevels:\n  - {storage: D, energy: {read: size * cost}}\n  - compute: M\n";
    const read = (settings?: Readonly<Record<string, string>>): number =>
      (parsed(text, settings).levels[0] as StorageLevel).energy.read;
    expect(read()).to.equal(64);
    expect(read({ cols: "8" })).to.equal(256);
    expect(read({ rows: "cols / 2", cost: "1 nJ" })).to.equal(8000);
  });

  it("names an architecture after its file where it has no name", () => {
    const read = parseArchitecture("levels:\n  - storage: D\n  - compute: M\n", "chips/my-chip.yaml");
    expect(read.ok && read.value.name).to.equal("my-chip");
  });
});
