import { expect } from "chai";
import { seeded } from "../../base/index.js";
import {
  BUILT_IN_DATAFLOWS,
  builtInDataflow,
  drawLoopNest,
  type LegalMapping,
  obeys,
  randomLegalMapping,
} from "../../mappings/index.js";
import { architecture, conv, fanout, gemm, optional, storage, textbook } from "./fixtures.js";

const grid = architecture(
  storage("DRAM", undefined, optional),
  fanout("chips", 2, 2),
  storage("GLB", 200, optional),
  fanout("rows", 1, 4),
  fanout("lanes", 4, 1),
  storage("RF", 12, optional),
);
const layer = conv({ n: 1, m: 4, c: 3, p: 5, q: 4, r: 3, s: 2 }, 2);

describe("randomLegalMapping", () => {
  it("meets every feature of the loop tree", () => {
    const random = seeded(1);
    const seen = new Map<string, number>();
    const note = (what: string, is: boolean): void => {
      if (is) seen.set(what, (seen.get(what) ?? 0) + 1);
    };
    for (let i = 0; i < 400; i++) {
      const legal = randomLegalMapping(layer, grid, random, { imperfect: true });
      if (legal !== null) features(legal, note);
    }
    for (const feature of FEATURES) expect(seen.get(feature) ?? 0, feature).to.be.greaterThan(10);
  });

  it("gives the same mapping for the same seed, perfect tiles where asked", () => {
    const draw = (seed: number): string => {
      const legal = randomLegalMapping(layer, grid, seeded(seed), { imperfect: false });
      return legal === null ? "none" : drawLoopNest(legal);
    };
    for (let seed = 0; seed < 50; seed++) {
      expect(draw(seed)).to.equal(draw(seed));
      expect(draw(seed)).not.to.contain("last");
    }
  });

  it("finds mappings for real shapes and small capacities", () => {
    const real = conv({ m: 256, c: 256, p: 56, q: 56, r: 3, s: 3 });
    for (let seed = 0; seed < 20; seed++)
      expect(
        randomLegalMapping(real, textbook(50_000, 200), seeded(seed), { imperfect: seed > 9 }),
        `${seed}`,
      ).not.to.equal(null);
  });

  it("keeps to a dataflow", () => {
    const on = architecture(
      storage("DRAM"),
      storage("GLB", 9999, optional),
      fanout("PEs", 4, 4),
      storage("PE", 64, optional),
    );
    for (const name of BUILT_IN_DATAFLOWS)
      for (const of of [layer, gemm({ m: 4, n: 6, k: 8 })]) {
        const flow = builtInDataflow(name, on, of.einsum);
        if (!flow.ok) return expect.fail(name);
        for (let seed = 0; seed < 10; seed++) {
          const legal = randomLegalMapping(of, on, seeded(seed), { imperfect: true, dataflow: flow.value });
          expect(legal, `${name} ${seed}`).not.to.equal(null);
          expect(legal === null ? [] : obeys(legal, flow.value)).to.be.empty;
        }
      }
  });

  it("finds none where there is none", () => {
    const full = architecture(storage("DRAM"), storage("RF", 2));
    expect(randomLegalMapping(layer, full, seeded(1), { imperfect: true })).to.equal(null);
  });
});

const FEATURES = [
  "uneven",
  "bypass",
  "source below the outermost level",
  "x",
  "y",
  "two fan-outs",
  "imperfect temporal",
  "imperfect spatial",
  "one iteration",
  "temporal between spatial",
  "loops between keep nodes of two levels",
  "variable three times",
];

function features(legal: LegalMapping, note: (what: string, is: boolean) => void): void {
  const { nodes } = legal;
  const loops = nodes.flatMap((node) => (node.kind === "keep" ? [] : [node]));
  const keeps = nodes.flatMap((node, i) => (node.kind === "keep" ? [{ ...node, i }] : []));
  const spatial = nodes.flatMap((node, i) => (node.kind === "spatial" ? [{ ...node, i }] : []));
  const between = (a: number, b: number): boolean => nodes.slice(a, b).some((node) => node.kind === "for");
  note(
    "uneven",
    keeps.some((k) => keeps.some((l) => l.level === k.level && l.i > k.i && between(k.i, l.i))),
  );
  note("bypass", keeps.length < 9);
  note(
    "source below the outermost level",
    legal.layer.einsum.tensors.some((_, t) => !keeps.some((k) => k.tensor === t && k.level === 0)),
  );
  note(
    "x",
    spatial.some((loop) => loop.axis === "x"),
  );
  note(
    "y",
    spatial.some((loop) => loop.axis === "y"),
  );
  note("two fan-outs", new Set(spatial.map((loop) => loop.fanout)).size > 1);
  note(
    "imperfect temporal",
    loops.some((loop) => loop.kind === "for" && loop.extent % loop.by !== 0),
  );
  note(
    "imperfect spatial",
    loops.some((loop) => loop.kind === "spatial" && loop.extent % loop.by !== 0),
  );
  note(
    "one iteration",
    loops.some((loop) => loop.extent === loop.by),
  );
  note(
    "temporal between spatial",
    spatial.some((loop, k) => between(spatial[k - 1]?.i ?? loop.i, loop.i)),
  );
  note(
    "loops between keep nodes of two levels",
    keeps.some((k) => keeps.some((l) => l.level > k.level && between(k.i, l.i))),
  );
  note(
    "variable three times",
    legal.layer.einsum.variables.some((_, v) => loops.filter((l) => l.variable === v).length > 2),
  );
}
