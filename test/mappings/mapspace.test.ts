import { expect } from "chai";
import type { Architecture } from "../../arch-specs/index.js";
import { resolveDataflow } from "../../mappings/dataflow-resolve.js";
import {
  builtInDataflow,
  everyLoopTree,
  imperfectMapspace,
  mapspaceSize,
  parseDataflow,
} from "../../mappings/index.js";
import { groupsOf, seriesSize } from "../../mappings/mapspace.js";
import { imperfectLatticeSize, latticeSize } from "../../mappings/mapspace-lattice.js";
import { spaceOf } from "../../mappings/space.js";
import type { Layer } from "../../workloads/index.js";
import { architecture, conv, conv1d, fanout, gemm, optional, storage, textbook } from "./fixtures.js";

const dram = storage("DRAM");
const loose = storage("DRAM", undefined, optional);
const weights = { keeps: new Set(["Weights"]) };
const inputs = { keeps: new Set<string>(), mayKeep: new Set(["Inputs"]) };

const cases: readonly (readonly [name: string, layer: Layer, on: Architecture])[] = [
  ["one level", gemm({ m: 4, n: 2, k: 6 }), architecture(dram)],
  ["two levels", conv1d({ p: 4, r: 2 }), architecture(dram, storage("RF", 9, optional))],
  ["three levels", conv1d({ p: 2, r: 2 }), architecture(dram, storage("A", 9, inputs), storage("B", 9, weights))],
  ["sources anywhere", conv1d({ p: 4, r: 2 }), architecture(loose, fanout("F", 2, 3), storage("RF", 9, optional))],
  ["both axes", gemm({ m: 4, n: 3, k: 2 }), architecture(dram, fanout("F", 3, 4), storage("RF", 9, weights))],
  ["no buffer below", conv1d({ p: 6, r: 4 }), architecture(dram, fanout("F", 4, 3))],
  ["no buffer kept below", conv1d({ p: 4, r: 4 }), architecture(dram, fanout("F", 4, 3), storage("RF", 9, inputs))],
  [
    "neighbouring fan-outs",
    conv1d({ p: 4, r: 4 }),
    architecture(dram, fanout("F", 2, 2), fanout("G", 4, 1), storage("RF", 9, inputs)),
  ],
  [
    "fan-outs around a buffer",
    conv1d({ p: 4, r: 2 }),
    architecture(loose, fanout("F", 2, 2), storage("A", 9, inputs), fanout("G", 4, 1), storage("B", 9, inputs)),
  ],
  [
    "three fan-outs",
    conv1d({ p: 4, r: 4 }),
    architecture(dram, fanout("F", 2, 1), fanout("G", 2, 2), storage("A", 9, inputs), fanout("H", 1, 2)),
  ],
];
const count = (trees: Iterable<unknown>): bigint => {
  let n = 0n;
  for (const _ of trees) n++;
  return n;
};

describe("mapspaceSize", () => {
  for (const [name, layer, on] of cases)
    for (const imperfect of [false, true])
      it(`is the number of loop trees: ${name}, ${imperfect ? "imperfect" : "perfect"}`, () => {
        const trees = count(everyLoopTree(layer, on, { imperfect, orders: "all" }));
        expect(mapspaceSize(layer, on, null, { imperfect })).to.equal(trees);
      });

  it("is the same counted over the lattice of extents and by series, on real layers", () => {
    const on = architecture(dram, storage("GLB", 9, inputs), fanout("PEs", 14, 12), storage("PE", 9, optional));
    const flow = parseDataflow(
      "{dataflow: d, GLB: {loopsBelow: [m, c, p, q, r, s]}, PEs: {x: [p, c], y: [m, r]}}",
      "d",
    );
    const layers = [
      conv({ m: 64, c: 3, p: 28, q: 28, r: 3, s: 3 }),
      conv({ n: 16, m: 96, c: 12, p: 55, q: 55, r: 11, s: 1 }, 4),
    ];
    for (const layer of layers)
      for (const dataflow of [null, flow.ok ? flow.value : null]) {
        const resolved = dataflow === null ? null : resolveDataflow(dataflow, on, layer.einsum);
        const space = spaceOf(layer, on, resolved?.ok ? resolved.value : null);
        const [lattice, series] = [latticeSize(space, groupsOf(space)), seriesSize(space, groupsOf(space), false)];
        if (lattice === null || series === null) throw new Error("not counted");
        expect(Number(lattice) / Number(series)).to.be.closeTo(1, 1e-9);
        expect(lattice > 10n ** 9n).to.equal(true);
      }
  });

  it("is the same with imperfect tiles, counted by series, over the lattice, and tree by tree", () => {
    for (const [name, layer, on] of cases) {
      const space = spaceOf(layer, on, null);
      const counted = imperfectLatticeSize(space, groupsOf(space));
      expect(counted, name).to.deep.equal({ size: seriesSize(space, groupsOf(space), true), upTo: null });
    }
    const on = architecture(dram, storage("GLB", 9, inputs), fanout("PEs", 4, 3), storage("PE", 9, optional));
    for (const layer of [gemm({ m: 5, n: 4, k: 7 }), conv({ m: 4, c: 3, p: 5, q: 2, r: 3, s: 3 })]) {
      const space = spaceOf(layer, on, null);
      const [lattice, series] = [
        imperfectLatticeSize(space, groupsOf(space)),
        seriesSize(space, groupsOf(space), true),
      ];
      expect(lattice?.upTo).to.equal(null);
      expect(Number(lattice?.size) / Number(series)).to.be.closeTo(1, 1e-9);
    }
  });

  it("is counted in part where imperfect tiles are very many: more than perfect ones, not all", () => {
    const on = architecture(dram, storage("GLB", 9, inputs), fanout("PEs", 14, 12), storage("PE", 9, optional));
    for (const m of [64, 256]) {
      const layer = gemm({ m, n: 60, k: 50 });
      const counted = imperfectMapspace(layer, on);
      expect((counted?.size ?? 0n) > (mapspaceSize(layer, on) ?? 0n), `${m}`).to.equal(true);
      expect(counted?.upTo, `${m}`).to.be.within(2, 40);
    }
    const whole = gemm({ m: 12, n: 13, k: 10 });
    expect(imperfectMapspace(whole, on)).to.include({ upTo: null });
    expect(mapspaceSize(whole, on, null, { imperfect: true })).to.equal(imperfectMapspace(whole, on)?.size);
  });

  it("is the number of loop trees that keep to a dataflow", () => {
    const layer = gemm({ m: 4, n: 2, k: 2 });
    const on = architecture(dram, storage("GLB", 9, inputs), fanout("PEs", 2, 2), storage("PE", 9, optional));
    const below = parseDataflow(
      "{dataflow: d, GLB: {loopsBelow: [m, k]}, PE: {mayKeep: [Weights, Inputs], loopsBelow: [m]}}",
      "d",
    );
    const flows = [
      below,
      ...(["ws", "os", "is", "rs", "nlr"] as const).map((name) => builtInDataflow(name, on, layer.einsum)),
    ];
    for (const flow of flows) {
      if (!flow.ok) return expect.fail();
      const trees = count(everyLoopTree(layer, on, { dataflow: flow.value, orders: "all" }));
      expect(trees > 0n).to.equal(true);
      expect(mapspaceSize(layer, on, flow.value), flow.value.name).to.equal(trees);
    }
  });

  it("is known for real layers", () => {
    const size = mapspaceSize(conv({ m: 256, c: 128, p: 56, q: 56, r: 3, s: 3 }), textbook());
    expect(Number(size)).to.be.closeTo(1.112e26, 1e23);
  });

  it("is left open where counting would take long", () => {
    expect(
      mapspaceSize(conv({ m: 256, c: 1, p: 9, q: 9, r: 3, s: 3 }), textbook(), null, { imperfect: true }),
    ).to.equal(null);
  });
});
