import { expect } from "chai";
import fc from "fast-check";
import { format } from "../../base/index.js";
import { type EinsumSetting, parseEinsum, printAffine, rangeOf } from "../../workloads/index.js";
import { anEinsum, einsumFrom } from "./arbitraries.js";

const at = { file: "test", path: "einsum" };
const errorsOf = (text: string, bounds: Record<string, number> = {}, rest: Partial<EinsumSetting> = {}): string[] => {
  const result = parseEinsum(text, { bounds: new Map(Object.entries(bounds)), ...rest }, at);
  return result.ok
    ? []
    : result.errors.map((error) =>
        format(error)
          .replace(/\n {2}at .*/, "")
          .replace("test: ", ""),
      );
};

describe("the text form", () => {
  const CONV = "O[n,m,p,q] += I[n,c,U*p+D*r-Z,U*q+D*s-Z] * F[m,c,r,s]";
  const bounds = { N: 1, M: 8, C: 3, P: 56, Q: 56, R: 3, S: 3 };
  const constants = new Map(Object.entries({ U: 1, D: 1, Z: 1 }));

  it("reads a convolution, with symmetrical padding", () => {
    const einsum = einsumFrom(CONV, bounds, { constants });
    expect(einsum.variables.join("")).to.equal("nmpqcrs");
    expect(
      einsum.tensors.map((tensor) => [tensor.name, tensor.alias, tensor.role, tensor.shape.join("x")]),
    ).to.deep.equal([
      ["I", "Inputs", "input", "1x3x56x56"],
      ["F", "Weights", "input", "8x3x3x3"],
      ["O", "Outputs", "output", "1x8x56x56"],
    ]);
  });
  it("knows inputs by the names that they have, where these are standard ones", () => {
    const aliases = (text: string): readonly string[] =>
      einsumFrom(text, { M: 2, N: 2, K: 2 }).tensors.map(({ alias }) => alias);
    expect(aliases("O[m,n] += Weights[m,k] * Inputs[n,k]")).to.deep.equal(["Weights", "Inputs", "Outputs"]);
    expect(aliases("O[m,n] += A[m,k] * Inputs[n,k]")).to.deep.equal(["A", "Inputs", "Outputs"]);
  });
  it("takes the extents that slide with p and q from H and W, all others from shapes", () => {
    const strided = new Map(Object.entries({ U: 2, D: 1, Z: 1 }));
    const needed = einsumFrom(CONV, bounds, { constants: strided }).tensors[0]?.shape;
    expect(needed).to.deep.equal([1, 3, 111, 111]);
    const given = einsumFrom(CONV, { ...bounds, H: 112, W: 112 }, { constants: strided }).tensors[0]?.shape;
    expect(given).to.deep.equal([1, 3, 112, 112]);
    const shaped = einsumFrom(CONV, bounds, { constants: strided, shapes: new Map([["I", [1, 3, 112, 113]]]) })
      .tensors[0]?.shape;
    expect(shaped).to.deep.equal([1, 3, 112, 113]);
  });
  it("reads scatters, negative coefficients, parentheses and bounds as constants", () => {
    const scatter = einsumFrom("dI[n,c,U*p+r,U*q+s] += dO[n,m,p,q] * F[m,c,r,s]", bounds, {
      constants: new Map([["U", 2]]),
    });
    expect(scatter.tensors.at(-1)?.shape).to.deep.equal([1, 3, 113, 113]);
    const printed = (text: string): string => {
      const { tensors, variables } = einsumFrom(text, { P: 9, R: 3 });
      return tensors.map((tensor) => tensor.ranks.map((affine) => printAffine(affine, variables)).join()).join(" ");
    };
    expect(printed("O[p-r+2] += I[2*(p+r)-3*(r-1)] * F[-r+R-1]")).to.equal("2*p-r+3 -r+2 p-r+2");
    expect(printed("O[R*p+r] = I[p-p+4,r]")).to.equal("4,r 3*p+r");
  });
  it("reads every operation", () => {
    const operationOf = (text: string): string => {
      const { combine, reduce } = einsumFrom(text, { I: 3 }).operation;
      return `${combine} ${reduce}`;
    };
    expect(operationOf("O[] += A[i] * B[i]")).to.equal("multiply add");
    expect(operationOf("O[i]=A[i]+B[i]")).to.equal("add assign");
    expect(operationOf("O[i]=A[i]-B[i]-C[i]")).to.equal("subtract assign");
    expect(operationOf("O[] max= A[i]")).to.equal("first max");
    expect(operationOf("O[] min= A[i]")).to.equal("first min");
    expect(operationOf("O[] *= A[i]")).to.equal("first multiply");
    expect(operationOf("O[] += (A[i] - B[i])^2")).to.equal("subtract-square add");
  });
  it("tells every mistake at once", () => {
    expect(errorsOf("O[m,n] += A[m,k] * B[k,n]", { M: 0, N: 1.5, L: 4 })).to.deep.equal([
      "L is given but nothing uses it [workload/bound-unused]\n  hint: expected one of: M, N, K",
      "M must be a positive whole number, got 0 [workload/not-positive-whole]",
      "N must be a positive whole number, got 1.5 [workload/not-positive-whole]",
      "the bound K is missing [workload/bound-missing]\n  hint: L given and not used: rename one?",
    ]);
  });
  it("says where the text goes wrong", () => {
    const first = (text: string): string => errorsOf(text, { M: 2 })[0]?.split(" [")[0] ?? "";
    expect(first("O[m] += A[m")).to.equal('expected "]", found the end, at character 12 of "O[m] += A[m"');
    expect(first("O[m] -= A[m]")).to.equal('expected one of += = *= max= min=, at character 6 of "O[m] -= A[m]"');
    expect(first("O[m] += A[m] ? B[m]")).to.contain('unexpected "?", at character 14');
    expect(first("O[m] += A[m] * B[m] + C[m]")).to.contain("by one operator, not by * and +");
    expect(first("O[m] += A[m]*B[m]*C[m]*D[m]")).to.contain("1 to 3 inputs, not 4");
    expect(first("O[m] += A[m] B[m]")).to.contain('expected the end of the Einsum, found "B"');
    expect(first("")).to.contain("expected the name of a tensor, found the end");
    expect(first(`O[m] += A[${"(".repeat(99)}m${")".repeat(99)}]`)).to.contain("expected fewer parentheses");
  });
  it("refuses what makes no sense", () => {
    expect(errorsOf("O[m] += A[m]", { M: 2 }, { shapes: new Map([["A", [2, 2]]]) })[0]).to.contain(
      "shape of A has 2 axes",
    );
    expect(errorsOf("O[m] += A[m]", { M: 2 }, { shapes: new Map([["B", [2]]]) })[0]).to.contain("no tensor B");
    expect(errorsOf("O[m] += A[m+9]", { M: 2 }, { shapes: new Map([["A", [5]]]) })[0]).to.contain(
      "from 9 to 10, all outside its 5 words",
    );
    expect(errorsOf("O[p] += A[p+r-Z]*F[r]", { P: 2, R: 2 }, { constants: new Map([["Z", 4]]) })[0]).to.contain(
      "nothing is left of it",
    );
    expect(errorsOf("O[m] += A[U*m]", { M: 2 }, { constants: new Map([["U", 0.5]]) })[0]).to.contain(
      "U must be a whole number, got 0.5",
    );
    expect(errorsOf("O[a,b,c] += A[a,b,c]", { A: 2 ** 20, B: 2 ** 20, C: 2 ** 20 })[0]).to.contain("passes 2^53");
    expect(errorsOf("O[m] += A[99999999*99999999*m]", { M: 2 })[0]).to.contain("passes 2^53");
  });
  it("needs no more words than its indices, and no fewer", () => {
    fc.assert(
      fc.property(anEinsum, ({ tensors, bounds: limits }) => {
        for (const tensor of tensors)
          for (const [axis, affine] of tensor.ranks.entries()) {
            const { low, high } = rangeOf(affine, limits);
            expect(high).to.be.at.least(0);
            expect(low).to.be.below(tensor.shape[axis] ?? 0);
          }
      }),
    );
  });
});
