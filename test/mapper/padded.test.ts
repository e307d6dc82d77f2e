import { expect } from "chai";
import { builtInArchitecture } from "../../arch-specs/index.js";
import { seeded } from "../../base/index.js";
import { parseObjective, search } from "../../mapper/index.js";
import { bothPadded, paddedLayers, trimmed } from "../../mapper/padded.js";
import { type Problem, problemOf } from "../../mapper/problem.js";
import { randomLegalMapping } from "../../mappings/index.js";
import { predict } from "../../sim/model/index.js";
import { price } from "../../sim/pricing/index.js";
import { parseInlineLayer } from "../../workloads/index.js";

function problem(spec: string, name = "eyeriss"): Problem {
  const layer = parseInlineLayer(spec);
  const architecture = builtInArchitecture(name, new Map());
  if (!layer.ok || architecture?.ok !== true || layer.value.layers[0] === undefined) throw new Error(spec);
  return problemOf(layer.value.layers[0], architecture.value);
}

describe("slightly larger layers", () => {
  it("fill fan-outs of 14 columns and 12 rows that the layer's own divisors do not", () => {
    const boundsOf = (spec: string): readonly string[] => {
      const { layer, ...own } = problem(spec);
      return paddedLayers({ layer, ...own }).map((padded) =>
        padded.variables.map((v) => `${layer.einsum.variables[v]}=${padded.layer.einsum.bounds[v]}`).join(),
      );
    };
    // 13 rows are 14 at once, but a thirteenth more; 384 filters are 28 times 14 with 8 too many.
    expect(boundsOf("conv:N=1,M=384,C=256,P=13,Q=13,R=3,S=3")).to.include("m=392").and.not.include("p=14");
    // 7 × 2 columns and 4 × 3 rows are full already.
    expect(boundsOf("conv:N=1,M=512,C=512,P=14,Q=14,R=3,S=3")).to.deep.equal([]);
  });

  it("have tensors that hold all that their mappings ask for", () => {
    const own = problem("conv:N=1,M=25,C=13,P=13,Q=13,R=3,S=3,U=2");
    const [a, b] = paddedLayers(own);
    if (a === undefined || b === undefined) throw new Error("nothing larger");
    const both = bothPadded(own.layer, a, b) ?? a;
    for (const { layer, growth } of [a, both]) {
      const { bounds, tensors } = layer.einsum;
      const product = (of: readonly number[]): number => of.reduce((n, x) => n * x, 1);
      expect(growth)
        .to.be.closeTo(product(bounds) / product(own.bounds), 1e-9)
        .and.to.be.above(1);
      for (const [t, { ranks, shape }] of tensors.entries())
        for (const [axis, { terms }] of ranks.entries()) {
          const reach = (of: readonly number[]): number =>
            terms.reduce((n, { variable, coefficient }) => n + coefficient * ((of[variable] ?? 1) - 1), 0);
          const room = (own.einsum.tensors[t]?.shape[axis] ?? 0) - reach(own.bounds);
          expect((shape[axis] ?? 0) - reach(bounds)).to.equal(room);
        }
    }
    expect(bothPadded(own.layer, a, a)).to.equal(null);
  });

  it("have mappings that are the layer's own, and cost it no more, once they are cut off where it ends", () => {
    const own = problem("conv:N=1,M=25,C=13,P=7,Q=7,R=3,S=3");
    const random = seeded(7);
    for (const padded of paddedLayers(own))
      for (let i = 0; i < 20; i++) {
        const mapping = randomLegalMapping(padded.layer, own.architecture, random, { imperfect: false });
        if (mapping === null) continue;
        const cut = trimmed(mapping, own);
        if (cut === null) throw new Error("cut off, it is not legal");
        const [whole, less] = [mapping, cut].map((one) => price(predict(one), one));
        expect(less?.macs).to.equal(own.bounds.reduce((n, x) => n * x, 1));
        expect(less?.energy).to.be.below(whole?.energy ?? 0);
        expect(less?.cycles).to.be.at.most(whole?.cycles ?? 0);
      }
  });

  it("make mappings better than perfect ones", () => {
    const { layer, architecture } = problem("gemm:M=13,N=64,K=64");
    const objective = parseObjective("delay");
    if (objective === null) throw new Error("no objective");
    let asked = 0;
    const [perfect, all] = [false, true].map((imperfect) =>
      search(layer, architecture, {
        ...{ objective, imperfect, dataflow: null, gap: 0, progress: () => undefined },
        costOf: (mapping) => price(predict(mapping), mapping),
        cancelled: () => imperfect && ++asked > 600,
      }),
    );
    expect(all?.cost?.value).to.be.below(perfect?.cost?.value ?? 0);
  });
});
