import { expect } from "chai";
import { executePlainly } from "../../sim/machine/index.js";
import { reference, seededInputs } from "../../workloads/index.js";
import { architecture, layer, legal, storage, totals } from "./scaffold.js";

describe("executing word by word", () => {
  const gemm = layer("Z[m,n] += A[m,k] * B[k,n]", { M: 2, N: 3, K: 4 });

  it("gives the right output and counts of a matrix product from one memory", () => {
    const mapping = legal(gemm, architecture(storage("DRAM")), "DRAM:A,B,Z m/1 n/1 k/1");
    const inputs = seededInputs(gemm.einsum, 1);
    const { counts, output } = executePlainly(mapping, inputs);
    expect(output).to.deep.equal(reference(gemm.einsum, inputs));
    // 24 operations: each reads a and b, and writes z; the first of the 4 writes of each of the 6 words of Z reads no old value.
    expect(totals(mapping, counts)).to.deep.equal({ DRAM: { A: "0 24 0 0", B: "0 24 0 0", Z: "0 18 24 0" } });
    expect(counts.steps).to.equal(24);
  });
});
