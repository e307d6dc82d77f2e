import { expect } from "chai";
import type { Architecture } from "../../arch-specs/index.js";
import { seeded } from "../../base/index.js";
import {
  builtInDataflow,
  checkLegality,
  type EveryOptions,
  everyLegalMapping,
  type LegalMapping,
  type MappingNode,
  obeys,
  randomLegalMapping,
  toMapping,
} from "../../mappings/index.js";
import type { Layer } from "../../workloads/index.js";
import { canonical } from "./canonical.js";
import { architecture, conv1d, fanout, gemm, optional, storage } from "./fixtures.js";

interface Case {
  readonly name: string;
  readonly layer: Layer;
  readonly on: Architecture;
  readonly options?: EveryOptions;
}
const dram = storage("DRAM");
const loose = storage("DRAM", undefined, optional);
const cases: readonly Case[] = [
  { name: "one level", layer: gemm({ m: 2, n: 2, k: 4 }), on: architecture(dram) },
  { name: "a small buffer", layer: conv1d({ p: 4, r: 2 }), on: architecture(dram, storage("RF", 5, optional)) },
  {
    name: "sources anywhere",
    layer: conv1d({ p: 2, r: 2 }),
    on: architecture(loose, fanout("F", 2, 1), storage("RF", 6, optional)),
  },
  {
    name: "two axes",
    layer: conv1d({ p: 4, r: 2 }, 2),
    on: architecture(dram, fanout("F", 2, 3), storage("RF", 9, optional)),
  },
  {
    name: "imperfect tiles",
    layer: conv1d({ p: 4, r: 2 }),
    on: architecture(dram, fanout("F", 2, 2), storage("RF", 4, { keeps: new Set(["Weights"]) })),
    options: { imperfect: true },
  },
  {
    name: "two fan-outs around a buffer",
    layer: conv1d({ p: 4, r: 2 }),
    on: architecture(dram, fanout("F", 2, 1), storage("GLB", 9, { keeps: new Set(["Inputs"]) }), fanout("G", 2, 1)),
  },
  {
    name: "neighbouring fan-outs, two buffers",
    layer: conv1d({ p: 2, r: 2 }),
    on: architecture(
      dram,
      fanout("F", 2, 1),
      fanout("G", 2, 2),
      storage("A", 9, { keeps: new Set(), mayKeep: new Set(["Inputs"]) }),
      storage("B", 3, { keeps: new Set(), mayKeep: new Set(["Inputs", "Weights"]), buffering: "double" }),
    ),
  },
  {
    name: "AccelForge's occupancy",
    layer: conv1d({ p: 4, r: 2 }),
    on: architecture(dram, storage("RF", 4, optional)),
    options: { conventions: "accelforge" },
  },
];

/**
 * Every sequence of nodes that could be a mapping, no thought given; `checkLegality` says which are. To save time, no loop
 * stands above a source, keep nodes stand in the order of levels (and neighbours in that of tensors), where the level may keep.
 */
function* naive({ layer, on, options }: Case): Generator<LegalMapping> {
  const { variables, bounds, tensors } = layer.einsum;
  const keeps = on.levels.flatMap((level) => {
    if (level.kind !== "storage") return [];
    const kept = tensors.filter((t) => [level.keeps, level.mayKeep].some((set) => set === "all" || set.has(t.name)));
    return kept.map((t): MappingNode => ({ kind: "keep", tensors: [t.name], level: level.name }));
  });
  const depth = (node: MappingNode): number =>
    on.levels.findIndex((level) => node.kind === "keep" && level.name === node.level);
  const extents = [...bounds];
  const nodes: MappingNode[] = [];
  function* grow(): Generator<LegalMapping> {
    if (extents.every((extent) => extent === 1)) {
      const conventions = options?.conventions ?? "loopwright";
      const checked = checkLegality({ nodes: [...nodes] }, layer, on, { conventions });
      if (checked.ok) yield checked.value;
    }
    const last = nodes.at(-1);
    const deepest = Math.max(-1, ...nodes.map(depth));
    for (const [i, keep] of keeps.entries()) {
      if (nodes.includes(keep) || depth(keep) < deepest) continue;
      if (last?.kind === "keep" && keeps.indexOf(last) > i) continue;
      nodes.push(keep);
      yield* grow();
      nodes.pop();
    }
    if (!tensors.every((t) => nodes.some((node) => node.kind === "keep" && node.tensors.includes(t.name)))) return;
    for (const [v, variable] of variables.entries()) {
      const extent = extents[v] ?? 1;
      for (let by = 1; by < extent; by++) {
        if (extent % by !== 0 && options?.imperfect !== true) continue;
        extents[v] = by;
        for (const loop of loopsOver(variable, by, on)) {
          nodes.push(loop);
          yield* grow();
          nodes.pop();
        }
        extents[v] = extent;
      }
    }
  }
  yield* grow();
}

function loopsOver(variable: string, by: number, on: Architecture): readonly MappingNode[] {
  const spatial = on.levels.flatMap((level) =>
    (["x", "y"] as const).flatMap((axis): MappingNode[] =>
      level.kind === "fanout" && level[axis] > 1 ? [{ kind: "spatial", variable, by, axis, fanout: level.name }] : [],
    ),
  );
  return [{ kind: "for", variable, by }, ...spatial];
}

describe("everyLegalMapping", () => {
  for (const one of cases)
    it(`gives each mapping once that anybody could write: ${one.name}`, () => {
      const naively = [...naive(one)];
      for (const orders of ["distinct", "all"] as const) {
        const found = [...everyLegalMapping(one.layer, one.on, { ...one.options, orders })];
        const forms = found.map((legal) => canonical(legal.nodes, orders));
        expect(new Set(forms).size).to.equal(forms.length);
        const wanted = new Set(naively.map((legal) => canonical(legal.nodes, orders)));
        expect([...wanted].filter((form) => !forms.includes(form))).to.deep.equal([]);
        expect(forms.length).to.equal(wanted.size);
      }
    });

  it("gives what checkLegality accepts, as it stands", () => {
    for (const { layer, on, options } of cases)
      for (const legal of everyLegalMapping(layer, on, options)) {
        const checked = checkLegality(toMapping(legal), layer, on, {
          conventions: options?.conventions ?? "loopwright",
        });
        expect(checked.ok && checked.value.nodes).to.deep.equal(legal.nodes);
      }
  });

  it("knows what random mappings come to", () => {
    const random = seeded(7);
    for (const { layer, on, options } of cases) {
      if (options?.conventions !== undefined) continue;
      const forms = new Set(
        [...everyLegalMapping(layer, on, options)].map((legal) => canonical(legal.nodes, "distinct")),
      );
      for (let i = 0; i < 300; i++) {
        const legal = randomLegalMapping(layer, on, random, { imperfect: options?.imperfect ?? false });
        if (legal === null) continue;
        const form = canonical(legal.nodes, "distinct");
        expect(forms.has(form), form).to.equal(true);
      }
    }
  });

  it("keeps to a dataflow", () => {
    const layer = gemm({ m: 2, n: 2, k: 2 });
    const on = architecture(dram, fanout("F", 2, 2), storage("RF", 9, optional));
    const flow = builtInDataflow("ws", on, layer.einsum);
    if (!flow.ok) return expect.fail();
    const within = [...everyLegalMapping(layer, on, { dataflow: flow.value })];
    const filtered = [...everyLegalMapping(layer, on)].filter((legal) => obeys(legal, flow.value).length === 0);
    expect(within.map((l) => canonical(l.nodes, "all"))).to.deep.equal(filtered.map((l) => canonical(l.nodes, "all")));
    expect(within.length).to.be.greaterThan(10);
  });
});
