import { expect } from "chai";
import { seeded } from "../../base/index.js";
import { checkLegality, type LegalMapping, type MappingNode } from "../../mappings/index.js";
import { compile, countsIn, predict, structureOf, termsOf, type Visits } from "../../sim/model/index.js";
import { price } from "../../sim/pricing/index.js";
import { randomMapping } from "./random-mappings.js";

const perfect = { isPerfect: true, padding: "counted" } as const;

describe("compiled terms", () => {
  for (const visits of ["executed", "extrapolated", "whole"] as const)
    it(`count what the model predicts, tiles ${visits}`, () => {
      for (let seed = 0; seed < 150; seed++) {
        const mapping = randomMapping(seeded(seed), perfect);
        const { structure, factors } = structureOf(mapping);
        expectSame(mapping, compile(termsOf(structure), visits), factors, visits, `seed ${seed}`);
      }
    });

  it("hold for every tile size of a structure, also where loops do not iterate", () => {
    for (let seed = 0; seed < 30; seed++) {
      const random = seeded(seed);
      const mapping = randomMapping(random, perfect);
      const { structure } = structureOf(mapping);
      const evaluator = compile(termsOf(structure));
      for (let i = 0; i < 10; i++) {
        const other = redistributed(mapping, random.integer);
        if (other !== null) expectSame(other, evaluator, structureOf(other).factors, "executed", `seed ${seed}.${i}`);
      }
    }
  });
});

function expectSame(
  mapping: LegalMapping,
  { evaluate, layout }: ReturnType<typeof compile>,
  factors: readonly number[],
  visits: Visits,
  what: string,
): void {
  const out = new Float64Array(layout.size);
  evaluate(factors, out);
  const counts = predict(mapping, { visits });
  expect(countsIn(out, layout), what).to.deep.equal(counts);
  const { energy, cycles } = price(counts, mapping);
  expect(out[layout.cycles], what).to.equal(cycles);
  expect(out[layout.energy], what).to.be.closeTo(energy, 1e-12 * energy);
}

/** The same loops with other divisors; null where they do not fit the fan-outs. */
function redistributed(mapping: LegalMapping, integer: (low: number, high: number) => number): LegalMapping | null {
  const { einsum } = mapping.layer;
  const { levels } = mapping.architecture;
  const extents = [...einsum.bounds];
  const last = new Map(mapping.nodes.flatMap((node, i) => (node.kind === "keep" ? [] : [[node.variable, i]])));
  const nodes = mapping.nodes.map((node, i): MappingNode => {
    if (node.kind === "keep")
      return {
        kind: "keep",
        tensors: [einsum.tensors[node.tensor]?.name ?? ""],
        level: levels[node.level]?.name ?? "",
      };
    const extent = extents[node.variable] ?? 1;
    const divisors = Array.from({ length: extent }, (_, d) => d + 1).filter((d) => extent % d === 0);
    const by = last.get(node.variable) === i ? 1 : (divisors[integer(0, divisors.length - 1)] ?? 1);
    extents[node.variable] = by;
    const variable = einsum.variables[node.variable] ?? "";
    if (node.kind === "for") return { kind: "for", variable, by };
    return { kind: "spatial", variable, by, axis: node.axis, fanout: levels[node.fanout]?.name ?? "" };
  });
  const legal = checkLegality({ nodes }, mapping.layer, mapping.architecture);
  return legal.ok ? legal.value : null;
}
