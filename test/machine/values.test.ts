import { expect } from "chai";
import { compareOutputs, execute, executePlainly } from "../../sim/machine/index.js";
import {
  type Einsum,
  einsumWithTypes,
  type RunType,
  reference,
  seededInputs,
  type Values,
} from "../../workloads/index.js";
import { architecture, fanout, layer, layerOf, legal, storage } from "./scaffold.js";

const machine = architecture(storage("DRAM"), fanout("PEs", 4, 2), storage("PE"));

describe("the values that the machine computes", () => {
  const conv = layer(
    "O[m,p,q] += I[c,p+r-L,q+s-L] * F[m,c,r,s]",
    { M: 24, C: 5, P: 6, Q: 21, R: 3, S: 3 },
    { constants: new Map([["L", 1]]) },
  ).einsum;
  const nests = [
    "DRAM:I,F,O m/12@x p/3@y PE:I,F,O p/1 m/1 q/1 c/1 r/1 s/1",
    "DRAM:I,F,O p/1 c/2 m/7@x PE:I,F,O r/2 m/1 r/1 q/1 c/1 s/1",
    "DRAM:I,F,O m/6@x c/1 PE:F r/1 p/5 PE:O q/10 PE:I q/1 p/1 s/1 m/1",
  ];
  const types: readonly RunType[] = ["int8", "int16", "int32", "float32", "float64"];
  for (const type of types)
    it(`are right in ${type}`, () => {
      const einsum = einsumWithTypes(conv, type);
      const inputs = seededInputs(einsum, 7);
      const expected = reference(einsum, inputs);
      for (const nest of nests) {
        const { output } = execute(legal(layerOf(einsum), machine, nest), inputs);
        // Sums of small multiples of 1/64 are exact in every one of these formats.
        expect(compareOutputs(output, expected, einsum)).to.deep.equal({
          status: "exact",
          maxAbsError: 0,
          compared: 24 * 6 * 21,
        });
        expect(output.constructor).to.equal(expected.constructor);
      }
    });

  it("stay within the tolerance where sums are rounded in another order", () => {
    const einsum = einsumWithTypes(conv, "float32");
    const inputs = seededInputs(einsum, 1).map((values) => values.map((x, i) => x / 3 + Math.sin(i)));
    const expected = reference(einsum, inputs);
    const magnitudes = reference(
      einsum,
      inputs.map((values) => values.map(Math.abs)),
    );
    const { output } = execute(legal(layerOf(einsum), machine, nests[0] ?? ""), inputs);
    expect(compareOutputs(output, expected, einsum).status).to.equal("within-tolerance");
    expect(compareOutputs(output, expected, einsum, magnitudes).status).to.equal("within-tolerance");
  });

  it("wrap around in 32-bit integers, as the plain loops do", () => {
    const { einsum } = layer("Z[m] += A[m,k] * B[k]", { M: 5, K: 6 });
    const huge = [new Int32Array(30).fill(2 ** 30 + 12345), new Int32Array(6).fill(7)];
    const mapping = legal(layerOf(einsum), machine, "DRAM:A,B,Z m/2@x PE:A,Z k/2 PE:B m/1 k/1");
    expect(execute(mapping, huge).output).to.deep.equal(reference(einsum, huge));
  });

  it("start from a bias, and end in an activation", () => {
    const { einsum } = layer("O[m,p] += I[p+r] * F[m,r] * B[m]", { M: 3, P: 5, R: 2 });
    const biased: Einsum = {
      ...einsum,
      operation: { ...einsum.operation, start: { tensor: "B" }, after: { kind: "activation", name: "relu" } },
    };
    const inputs: readonly Values[] = [
      Int32Array.of(1, -2, 3, -4, 5, -6),
      Int32Array.of(1, 2, -1, 1, 2, 2),
      Int32Array.of(10, -1, 0),
    ];
    const mapping = legal(layerOf(biased), machine, "DRAM:I,F,B,O r/1 m/2@x PE:F,B,O p/1 PE:I m/1");
    const expected = [7, 14, 5, 16, 3, 0, 4, 0, 8, 0, 0, 2, 0, 2, 0];
    expect([...execute(mapping, inputs).output]).to.deep.equal(expected);
    expect(executePlainly(mapping, inputs)).to.deep.equal(execute(mapping, inputs));
  });

  it("tells how far it is", () => {
    const told: [number, number][] = [];
    const { einsum } = layer("Z[m] += A[m,k] * B[k]", { M: 10, K: 10 });
    const mapping = legal(layerOf(einsum), machine, "DRAM:A,B,Z m/1 PE:Z k/1");
    execute(mapping, seededInputs(einsum, 1), { progress: (done, total) => told.push([done, total]) });
    expect(told.length).to.be.greaterThan(2);
    expect(told.map(([done]) => done)).to.deep.equal(told.map(([done]) => done).sort((a, b) => a - b));
    expect(told.at(-1)).to.deep.equal([100, 100]);
  });
});

describe("comparing outputs", () => {
  const { einsum } = layer("Z[m] += A[m,k] * B[k]", { M: 3, K: 4 });
  const float = einsumWithTypes(einsum, "float32");

  it("wants integers to be equal", () => {
    const [a, b] = [Int32Array.of(1, 2, 3), Int32Array.of(1, 2, 4)];
    expect(compareOutputs(a, a, einsum)).to.deep.equal({ status: "exact", maxAbsError: 0, compared: 3 });
    expect(compareOutputs(a, b, einsum)).to.deep.equal({ status: "failed", maxAbsError: 1, compared: 3 });
  });

  it("allows floats the roundings of their sums, relative to the largest value", () => {
    // 4 values of 3 tensors: 7 roundings of 2^-24 each, of a value of 8.
    const allowed = 7 * 2 ** -24 * 8;
    const expected = Float32Array.of(8, 1, 0);
    const off = (error: number): Values => Float32Array.of(8, 1, error);
    expect(compareOutputs(off(0.9 * allowed), expected, float).status).to.equal("within-tolerance");
    expect(compareOutputs(off(1.1 * allowed), expected, float).status).to.equal("failed");
    expect(compareOutputs(off(0.9 * allowed), expected, float, Float32Array.of(8, 8, 1)).status).to.equal("failed");
  });

  it("takes something that is no number for an error, unless it is expected", () => {
    const [nan, one] = [Float32Array.of(Number.NaN, 1, 1), Float32Array.of(1, 1, 1)];
    expect(compareOutputs(nan, nan, float).status).to.equal("exact");
    expect(compareOutputs(nan, one, float).status).to.equal("failed");
    expect(compareOutputs(nan, one, float).maxAbsError).to.be.NaN;
  });
});
