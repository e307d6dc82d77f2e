import { expect } from "chai";
import fc from "fast-check";
import {
  type Einsum,
  einsumWithTypes,
  identityOf,
  inputsOf,
  outputOf,
  reference,
  referenceRun,
  seededInputs,
  type Tensor,
  tensorWords,
  type Values,
  valueAt,
} from "../../workloads/index.js";
import { anEinsum, einsumFrom, layerFrom } from "./arbitraries.js";

/** The same by another road: every point of the space in turn, coordinates looked up one by one. */
function byPoints(einsum: Einsum, inputs: readonly Values[]): number[] {
  const output = outputOf(einsum);
  const { combine, reduce } = einsum.operation;
  const identity = identityOf(reduce, einsum.accumulator.kind === "float");
  const result = new Array<number>(tensorWords(output)).fill(identity);
  for (let flat = 0; flat < einsum.bounds.reduce((a, b) => a * b, 1); flat++) {
    let rest = flat;
    const point = einsum.bounds.map((bound) => {
      const index = rest % bound;
      rest = (rest - index) / bound;
      return index;
    });
    const places = einsum.tensors.map((tensor) => placeOf(tensor, point));
    const at = places.at(-1);
    if (at === undefined) continue;
    if (places.includes(undefined) && (reduce === "max" || reduce === "min")) continue;
    const [a = 0, b = 0, c] = inputs.map((values, i) => values[places[i] ?? -1] ?? identity);
    const terms = {
      multiply: a * b * (c ?? 1),
      add: a + b + (c ?? 0),
      subtract: a - b - (c ?? 0),
      "subtract-square": (a - b) ** 2,
      first: a,
    };
    const old = result[at] ?? 0;
    const value = terms[combine];
    const reductions = {
      add: old + value,
      multiply: old * value,
      max: Math.max(old, value),
      min: Math.min(old, value),
      assign: value,
    };
    result[at] = reductions[reduce];
  }
  return result;
}
function placeOf(tensor: Tensor, point: readonly number[]): number | undefined {
  let place = 0;
  for (const [axis, affine] of tensor.ranks.entries()) {
    const coordinate = valueAt(affine, point);
    const extent = tensor.shape[axis] ?? 0;
    if (coordinate < 0 || coordinate >= extent) return undefined;
    place = place * extent + coordinate;
  }
  return place;
}

describe("reference", () => {
  it("does the convolution that one does by hand", () => {
    const einsum = layerFrom("conv:M=1,C=1,H=3,W=3,R=2,S=2").einsum;
    const image = Int32Array.of(1, 2, 3, 4, 5, 6, 7, 8, 9);
    expect([...reference(einsum, [image, Int32Array.of(1, 0, 0, -1)])]).to.deep.equal([-4, -4, -4, -4]);
  });
  it("reads zero outside under a sum and leaves the outside out of a maximum", () => {
    const sum = einsumFrom("O[p] += I[p+r-1] * F[r]", { P: 3, R: 3 });
    expect([...reference(sum, [Int32Array.of(-1, -2, -3), Int32Array.of(1, 1, 1)])]).to.deep.equal([-3, -6, -5]);
    const max = einsumFrom("O[p] max= I[p+r-1]", { P: 3, R: 3 });
    expect([...reference(max, [Int32Array.of(-1, -2, -3)])]).to.deep.equal([-1, -1, -2]);
  });
  it("scatters, and drops what falls outside of the output", () => {
    const scatter = einsumFrom("O[2*p+r-1] += I[p] * F[r]", { P: 3, R: 3 }, { shapes: new Map([["O", [5]]]) });
    expect([...reference(scatter, [Int32Array.of(1, 10, 100), Int32Array.of(1, 2, 3)])]).to.deep.equal([
      2, 13, 20, 130, 200,
    ]);
  });
  it("averages over the window or over the words inside of it", () => {
    const bounds = { P: 2, R: 2 };
    const average = (after: Einsum["operation"]["after"]): number[] => {
      const einsum = einsumWithTypes(
        einsumFrom("O[p] += I[2*p+r-1]", bounds, { shapes: new Map([["I", [3]]]), operation: { after } }),
        "float32",
      );
      return [...reference(einsum, [Float32Array.of(8, 2, 4)])];
    };
    expect(average({ kind: "scale", by: 1 / 2 })).to.deep.equal([4, 3]);
    expect(average({ kind: "divide-by-count" })).to.deep.equal([8, 3]);
    expect(average({ kind: "activation", name: "relu6" })).to.deep.equal([6, 6]);
  });
  it("starts from another tensor, as a convolution does from its bias", () => {
    const plain = einsumFrom("O[m,p] += B[m] * I[p+r] * F[m,r]", { M: 2, P: 2, R: 2 });
    const einsum: Einsum = { ...plain, operation: { ...plain.operation, start: { tensor: "B" } } };
    expect([
      ...reference(einsum, [Int32Array.of(100, 200), Int32Array.of(1, 2, 3), Int32Array.of(1, 1, 1, -1)]),
    ]).to.deep.equal([103, 105, 199, 199]);
  });
  it("says when 32 bits did not hold", () => {
    const einsum = einsumWithTypes(einsumFrom("O[] += A[i] * B[i]", { I: 2 }), "int32");
    const big = Int32Array.of(65536, 1);
    expect(referenceRun(einsum, [big, big])).to.deep.equal({ values: Int32Array.of(1), overflowed: true });
    expect(referenceRun(einsum, [Int32Array.of(46340, 1), Int32Array.of(46340, 1)]).overflowed).to.equal(false);
  });
  it("agrees with a walk over all points, for every operation, in integers and floats", () => {
    fc.assert(
      fc.property(anEinsum, fc.integer(), fc.boolean(), (einsum, seed, float) => {
        const typed = float ? einsumWithTypes(einsum, "float64") : einsum;
        const inputs = seededInputs(typed, seed);
        const run = referenceRun(typed, inputs);
        if (run.overflowed) return;
        expect([...run.values].map((value) => value + 0)).to.deep.equal(
          byPoints(typed, inputs).map((value) => value + 0),
        );
      }),
      { numRuns: 150 },
    );
  });
  it("gets small inputs from a seed, the same each time", () => {
    const einsum = layerFrom("gemm:M=3,N=3,K=3").einsum;
    expect(seededInputs(einsum, 7)).to.deep.equal(seededInputs(einsum, 7));
    expect(seededInputs(einsum, 7)).to.not.deep.equal(seededInputs(einsum, 8));
    for (const [i, values] of seededInputs(einsum, 1).entries())
      expect(values).to.have.length(tensorWords(inputsOf(einsum)[i] ?? fail()));
  });
});

function fail(): never {
  throw new Error("unreachable");
}
