import { expect } from "chai";
import fc from "fast-check";
import { builtInArchitecture, parseArchitecture, printArchitecture } from "../../arch-specs/index.js";
import { checkLegality, foldMapping, type LegalMapping, toMapping } from "../../mappings/index.js";
import { compareOutputs, cyclesOf, execute, executeSystolic, systolicPlan } from "../../sim/machine/index.js";
import { predict } from "../../sim/model/index.js";
import { price } from "../../sim/pricing/index.js";
import {
  type Layer,
  parseInlineLayer,
  type RunType,
  reference,
  seededInputs,
  withTypes,
} from "../../workloads/index.js";

const layerOf = (spec: string, type: RunType = "int16"): Layer => {
  const parsed = parseInlineLayer(spec);
  const layer = parsed.ok ? parsed.value.layers[0] : undefined;
  if (layer === undefined) throw new Error(spec);
  return withTypes(layer, type);
};

function arrayOf(
  dataflow: string,
  settings: Readonly<Record<string, string>>,
): NonNullable<ReturnType<typeof builtInArchitecture>> {
  const found = builtInArchitecture(`systolic-${dataflow}`, new Map(Object.entries(settings)));
  if (found === undefined) throw new Error(dataflow);
  return found;
}

function foldsOf(layer: Layer, dataflow: string, settings: Readonly<Record<string, string>>): LegalMapping {
  const architecture = arrayOf(dataflow, settings);
  const mapping = architecture.ok ? foldMapping(layer, architecture.value) : undefined;
  if (mapping?.ok !== true) throw new Error(JSON.stringify(mapping ?? architecture));
  return mapping.value;
}

function run(mapping: LegalMapping): ReturnType<typeof executeSystolic> {
  const plan = systolicPlan(mapping);
  if (plan === undefined) throw new Error("the mapping is in the form of folds");
  return executeSystolic(mapping, plan, seededInputs(mapping.layer.einsum, 1));
}

const DATAFLOWS = ["ws", "os", "is"] as const;
const problems = fc.record({
  dataflow: fc.constantFrom(...DATAFLOWS),
  bounds: fc.record({
    b: fc.integer({ min: 1, max: 2 }),
    m: fc.integer({ min: 1, max: 40 }),
    n: fc.integer({ min: 1, max: 20 }),
    k: fc.integer({ min: 1, max: 40 }),
  }),
  rows: fc.integer({ min: 1, max: 7 }),
  cols: fc.integer({ min: 1, max: 9 }),
  /** Words of one half of the buffer. */
  half: fc.constantFrom(400, 800, 4000),
});

describe("a systolic array", () => {
  it("counts what the model and the plain machine count, on any size, also in chunks, and computes what loops compute", () => {
    fc.assert(
      fc.property(problems, ({ dataflow, bounds: { b, m, n, k }, rows, cols, half }) => {
        const layer = layerOf(b === 1 ? `gemm:M=${m},N=${n},K=${k}` : `gemm:B=${b},M=${m},N=${n},K=${k}`);
        const mapping = foldsOf(layer, dataflow, { rows: `${rows}`, cols: `${cols}`, sram: `${2 * half} B` });
        const { counts, output, run: spent } = run(mapping);
        const inputs = seededInputs(layer.einsum, 1);
        expect(counts).to.deep.equal(predict(mapping));
        expect(counts).to.deep.equal(execute(mapping, inputs).counts);
        expect([...output]).to.deep.equal([...reference(layer.einsum, inputs)]);
        expect(cyclesOf(spent)).to.be.at.least(price(counts, mapping).cycles);
      }),
      { numRuns: 150 },
    );
  });

  for (const type of ["int8", "float32", "float64"] as const)
    it(`computes in ${type}`, () => {
      for (const dataflow of DATAFLOWS) {
        const layer = layerOf("gemm:M=33,N=18,K=29", type);
        const mapping = foldsOf(layer, dataflow, { rows: "8", cols: "5" });
        const expected = reference(layer.einsum, seededInputs(layer.einsum, 1));
        expect(compareOutputs(run(mapping).output, expected, layer.einsum).status).to.be.oneOf([
          "exact",
          "within-tolerance",
        ]);
      }
    });

  it("takes one cycle a row more a fold where outputs that stay are shifted out", () => {
    const taken = arrayOf("os", { rows: "6", cols: "4" });
    if (!taken.ok) throw new Error("os is built in");
    const text = printArchitecture(taken.value).replace("drain: none", "drain: columns");
    const shifting = parseArchitecture(text, "shifting.yaml");
    if (!shifting.ok) throw new Error(JSON.stringify(shifting.errors));
    const layer = layerOf("gemm:M=13,N=9,K=7");
    const [fast, slow] = [taken.value, shifting.value].map((architecture) => {
      const mapping = foldMapping(layer, architecture);
      if (mapping?.ok !== true) throw new Error("folds");
      return run(mapping.value);
    });
    expect((slow?.run.drain ?? 0) - (fast?.run.drain ?? 0)).to.equal(6 * (fast?.run.folds ?? 0));
    expect(slow?.output).to.deep.equal(fast?.output);
    expect(slow?.counts).to.deep.equal(fast?.counts);
  });

  it("is asked for by the architecture's file alone, and only for products in the form of folds", () => {
    const mapping = foldsOf(layerOf("gemm:M=12,N=8,K=9"), "ws", { rows: "3", cols: "4" });
    const { layer, architecture } = mapping;
    const plain = {
      ...architecture,
      levels: architecture.levels.map((level) => (level.kind === "fanout" ? without(level) : level)),
    };
    expect(foldMapping(layer, plain)).to.equal(undefined);
    expect(foldMapping(layerOf("conv:N=1,M=2,C=2,H=5,W=5,R=3,S=3"), architecture)).to.equal(undefined);
    const turned = toMapping(mapping).nodes.toSorted((a, b) => Number(a.kind !== "keep") - Number(b.kind !== "keep"));
    const checked = checkLegality({ nodes: turned }, layer, architecture);
    expect(checked.ok ? systolicPlan(checked.value) : undefined).to.equal(undefined);
  });

  it("tells a buffer that is too small for any fold", () => {
    const architecture = arrayOf("ws", { rows: "8", cols: "8", sram: "64 B" });
    const mapping = architecture.ok ? foldMapping(layerOf("gemm:M=64,N=64,K=64"), architecture.value) : undefined;
    expect(mapping?.ok === false ? mapping.errors.map(({ code }) => code) : []).to.deep.equal([
      "mapping/over-capacity",
    ]);
  });
});

function without<T extends { readonly systolic?: unknown }>({ systolic, ...rest }: T): Omit<T, "systolic"> {
  return rest;
}
