import { expect } from "chai";
import { builtInArchitecture, parseArchitecture } from "../../arch-specs/index.js";
import { divisorsOf, seeded } from "../../base/index.js";
import { parseObjective, search } from "../../mapper/index.js";
import { type Packing, packingOf } from "../../mapper/packing.js";
import { type Problem, problemOf } from "../../mapper/problem.js";
import { predict } from "../../sim/model/index.js";
import { price } from "../../sim/pricing/index.js";
import { parseInlineLayer } from "../../workloads/index.js";

/** A matrix product on one or two meshes. */
function problemFrom(bounds: readonly number[], sizes: readonly number[]): Problem {
  const [m = 1, n = 1, k = 1] = bounds;
  const meshes = sizes.flatMap((x, a) =>
    a % 2 === 0 ? [`  - fanout: F${a}\n    x: ${x}\n    y: ${sizes[a + 1] ?? 1}\n`] : [],
  );
  const text = `name: meshes\nclock: 1 GHz\nlevels:
  - storage: L0
    keeps: all
    energy: {read: 1 pJ, write: 1 pJ}
${meshes.join("")}  - compute: MAC
    energy: {operation: 1 pJ}\n`;
  const architecture = parseArchitecture(text, "meshes.yaml");
  const network = parseInlineLayer(`gemm:M=${m},N=${n},K=${k}`);
  if (!architecture.ok || !network.ok) throw new Error("a bad problem");
  const [layer] = network.value.layers;
  if (layer === undefined) throw new Error("no layer");
  return problemOf(layer, architecture.value);
}

/** Every way in which one variable may fan out, however far: along each axis. */
function usesOf(bound: number, axes: number): readonly (readonly number[])[] {
  if (axes === 0) return [[]];
  return divisorsOf(bound).flatMap((n) => usesOf(bound / n, axes - 1).map((rest) => [n, ...rest]));
}

const stateOf = ({ digits, stateOf: of }: Packing, use: readonly number[]): number =>
  of.get(use.reduce((number, n, a) => number + (digits[a]?.[n] ?? Number.NaN), 0)) ?? -1;

const isWithin = (use: readonly number[], sizes: readonly number[]): boolean =>
  use.every((n, a) => n <= (sizes[a] ?? 1));

const product = (a: readonly number[], b: readonly number[]): readonly number[] => a.map((n, i) => n * (b[i] ?? 1));

describe("the packing of fan-outs", () => {
  it("tells exactly which uses fit together", () => {
    let [fitting, passing, shared] = [0, 0, 0];
    for (let seed = 1; seed <= 60; seed++) {
      const random = seeded(seed);
      const sizes = Array.from({ length: random.pick([2, 2, 4]) }, () => random.integer(1, seed % 3 === 0 ? 4 : 12));
      const bounds = Array.from({ length: 3 }, () => random.pick([2, 3, 4, 6, 8, 12, 5, 9]));
      const problem = problemFrom(bounds, sizes);
      for (const keepsWidths of [false, true]) {
        const packing = packingOf(problem, keepsWidths);
        const { states, times, exact } = packing;
        const packed = sizes.map((size, a) => (exact[a] === true ? size : Number.POSITIVE_INFINITY));
        const [us = [], vs = [], ws = []] = bounds.map((bound) =>
          usesOf(bound, sizes.length).filter((use) => isWithin(use, sizes)),
        );
        const some = (all: typeof us): typeof us => all.filter(() => random.integer(1, all.length) <= 12);
        const widthOf = (use: readonly number[]): number =>
          use.reduce((width, n, a) => width * (exact[a] === true ? n : (sizes[a] ?? 1)), 1);
        for (const u of some(us)) {
          if (keepsWidths) expect(packing.widths[stateOf(packing, u)]).to.equal(widthOf(u));
          for (const v of some(vs)) {
            if (stateOf(packing, u) === stateOf(packing, v) && `${u}` !== `${v}`) shared++;
            const both = times[stateOf(packing, u) * states + stateOf(packing, v)] ?? -1;
            const fits = isWithin(product(u, v), packed);
            expect(both >= 0, `${u} and ${v} of ${sizes}, packed ${exact}`).to.equal(fits);
            if (!fits) continue;
            for (const w of some(ws)) {
              const all = times[both * states + stateOf(packing, w)] ?? -1;
              const together = product(product(u, v), w);
              expect(all >= 0, `${u}, ${v} and ${w} of ${sizes}, packed ${exact}`).to.equal(isWithin(together, packed));
              if (all >= 0) fitting++;
              else passing++;
              if (all >= 0 && isWithin(together, sizes)) expect(stateOf(packing, together)).to.equal(all);
            }
          }
        }
      }
    }
    expect(fitting).to.be.greaterThan(5000);
    expect(passing).to.be.greaterThan(2000);
    expect(shared).to.be.greaterThan(20);
  });

  it("packs the longest axes where all would make too many states", () => {
    const { exact, states } = packingOf(problemFrom([64, 64, 64], [2, 4, 16, 8, 4, 32]));
    expect(states).to.be.at.most(300);
    expect(exact).to.deep.equal([true, false, true, true, false, true]);
  });

  it("ends where nothing packs, though nothing is known to measure by", () => {
    const architecture = builtInArchitecture("simba", new Map());
    const network = parseInlineLayer("conv:M=64,C=64,P=56,Q=56,R=1,S=1");
    const objective = parseObjective("edp");
    if (architecture?.ok !== true || !network.ok || objective === null) throw new Error("a bad problem");
    const [layer] = network.value.layers;
    if (layer === undefined) throw new Error("no layer");
    const found = search(layer, architecture.value, {
      ...{ objective, dataflow: null, gap: 0, progress: () => {} },
      ...{ costOf: (mapping) => price(predict(mapping), mapping), cancelled: () => true },
    });
    expect(found.mapping).not.to.equal(null);
  });
});
