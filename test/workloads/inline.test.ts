import { expect } from "chai";
import fc from "fast-check";
import { type Diagnostic, format } from "../../base/index.js";
import { type Einsum, macsOf, parseInlineLayer, printAffine, typeName } from "../../workloads/index.js";

function einsumOf(argument: string): Einsum {
  const result = parseInlineLayer(argument);
  if (!result.ok) throw new Error(result.errors.map(format).join("\n"));
  const layer = result.value.layers[0];
  if (layer === undefined) throw new Error("no layer");
  return layer.einsum;
}
function errorsOf(argument: string): readonly Diagnostic[] {
  const result = parseInlineLayer(argument);
  return result.ok ? [] : result.errors;
}
const codesOf = (argument: string): string[] => errorsOf(argument).map((error) => error.code.replace("workload/", ""));
const shapesOf = (einsum: Einsum): unknown =>
  Object.fromEntries(einsum.tensors.map((tensor) => [tensor.name, tensor.shape]));
const indicesOf = (einsum: Einsum): string[] =>
  einsum.tensors.map((tensor) => tensor.ranks.map((affine) => printAffine(affine, einsum.variables)).join());

describe("inline layers", () => {
  it("read AlexNet's first convolution", () => {
    const einsum = einsumOf("conv:N=1,M=96,C=3,H=227,W=227,R=11,S=11,U=4,Z=0");
    expect(einsum.variables.join(" ")).to.equal("n m c p q r s");
    expect(einsum.bounds).to.deep.equal([1, 96, 3, 55, 55, 11, 11]);
    expect(indicesOf(einsum)).to.deep.equal(["n,c,4*p+r,4*q+s", "m,c,r,s", "n,m,p,q"]);
    expect(macsOf(einsum)).to.equal(105_415_200);
  });
  it("read a GEMM, batched or not", () => {
    expect(indicesOf(einsumOf("gemm:M=64,N=32,K=16"))).to.deep.equal(["m,k", "k,n", "m,n"]);
    expect(indicesOf(einsumOf("matmul:B=2,M=64,N=32,K=16"))).to.deep.equal(["b,m,k", "b,k,n", "b,m,n"]);
  });
  it("read an Einsum with and without the quotes that shells take", () => {
    const quoted = einsumOf("einsum:'O[m,n] += A[m,k]*B[k,n]',M=4,N=5,K=6");
    expect(quoted).to.deep.equal(einsumOf("einsum:O[m,n] += A[m,k]*B[k,n],M=4,N=5,K=6"));
    expect(shapesOf(quoted)).to.deep.equal({ A: [4, 6], B: [6, 5], O: [4, 5] });
    expect(quoted.tensors.map((tensor) => tensor.alias)).to.deep.equal(["Inputs", "Weights", "Outputs"]);
  });
  it("take output extents, same and one-sided padding, dilation and per-axis strides", () => {
    expect(shapesOf(einsumOf("conv:M=1,C=1,P=7,Q=5,R=3,S=3,Up=2,Uq=3,Z=1"))).to.deep.equal({
      Inputs: [1, 1, 13, 13],
      Weights: [1, 1, 3, 3],
      Outputs: [1, 1, 7, 5],
    });
    expect(indicesOf(einsumOf("conv:M=1,C=1,H=8,W=8,R=3,S=3,U=2,Z=same"))[0]).to.equal("n,c,2*p+r,2*q+s");
    expect(indicesOf(einsumOf("conv:M=1,C=1,H=8,W=8,R=3,S=3,U=2,Z=same-lower"))[0]).to.equal("n,c,2*p+r-1,2*q+s-1");
    expect(einsumOf("conv:M=1,C=1,H=8,W=8,R=3,S=3,D=2,Zt=1,Zr=2").bounds).to.deep.equal([1, 1, 1, 5, 6, 3, 3]);
  });
  it("keep groups as a variable of their own and count channels over all groups", () => {
    const einsum = einsumOf("conv:M=256,C=96,G=2,H=27,W=27,R=5,S=5,Z=2");
    expect(einsum.variables.join(" ")).to.equal("n g m c p q r s");
    expect(einsum.bounds.slice(0, 4)).to.deep.equal([1, 2, 128, 48]);
    expect(macsOf(einsum)).to.equal(223_948_800);
    expect(codesOf("conv:M=9,C=4,G=2,H=9,W=9,R=3,S=3")).to.deep.equal(["groups-divide"]);
  });
  it("read one and three spatial axes and fully connected layers", () => {
    expect(indicesOf(einsumOf("conv1d:M=2,C=3,H=10,R=3"))).to.deep.equal(["n,c,p+r", "m,c,r", "n,m,p"]);
    expect(einsumOf("conv3d:M=2,C=3,L=4,H=10,W=10,T=2,R=3,S=3").variables.join("")).to.equal("nmcopqtrs");
    expect(einsumOf("fc:M=10,C=512,H=7,W=7").bounds).to.deep.equal([1, 10, 512, 1, 1, 7, 7]);
  });
  it("note the names of other texts", () => {
    const result = parseInlineLayer("conv:K=4,C=4,E=7,F=7,R=3,S=3,Wstride=2");
    expect(result.ok && result.value.notes).to.deep.equal([
      "K is read as M",
      "E is read as P",
      "F is read as Q",
      "Wstride is read as Up",
    ]);
  });
  it("tell every mistake at once, with a hint", () => {
    const argument = "conv:N=0,M=-4,C=2.5,H=9,W=9,R=3,S=3,Wstrid=2";
    expect(codesOf(argument)).to.deep.equal([
      "unknown-key",
      "not-positive-whole",
      "not-positive-whole",
      "not-positive-whole",
    ]);
    expect(errorsOf(argument)[0]?.hint).to.equal('did you mean "Wstride"?');
  });
  it("refuse what cannot be", () => {
    expect(codesOf("conv:M=1,C=1,H=5,W=9,R=7,S=3")).to.deep.equal(["filter-too-large"]);
    expect(codesOf("conv:M=1,C=1,H=9,P=9,W=9,R=3,S=3")).to.deep.equal(["output-differs"]);
    expect(codesOf("conv:M=99999999,C=99999999,H=99,W=99,R=3,S=3")).to.deep.equal(["too-large"]);
    expect(codesOf("gemm:M=94906267,N=94906267,K=2")).to.deep.equal(["too-large"]);
    expect(codesOf("gemm:M=1e300,N=1,K=2")).to.deep.equal(["not-positive-whole"]);
    expect(codesOf("gemm:M=4,N=4")).to.deep.equal(["key-missing"]);
    expect(codesOf("gemm:M=4,M=4,N=4,K=1")).to.deep.equal(["key-twice"]);
    expect(codesOf("conv:M=4,K=4,C=1,H=3,W=3,R=1,S=1")).to.deep.equal(["key-twice"]);
    expect(codesOf("convv:M=4")).to.deep.equal(["unknown-kind"]);
    expect(codesOf("einsum:'O[m] += A[m,k]',M=4")).to.deep.equal(["bound-missing"]);
    expect(codesOf("einsum:'O[m] += A[m]',M=4,N=4")).to.deep.equal(["bound-unused"]);
    expect(codesOf("einsum:'O[m] += A[m*m]',M=4")).to.deep.equal(["not-affine"]);
    expect(codesOf("einsum:'O[m] += A[U*m]',M=4")).to.deep.equal(["constant-missing"]);
    expect(codesOf("einsum:'O[m] += A[m] * A[m]',M=4")).to.deep.equal(["tensor-twice"]);
    expect(codesOf("einsum:'O[m] = A[m,k]',M=4,K=2")).to.deep.equal(["assign-reduces"]);
  });
  it("take a type and a padding beside their own keys", () => {
    const einsum = einsumOf("conv:M=1,C=1,H=4,W=4,R=3,S=3,padding=free,type=float64");
    expect(einsum.padding).to.equal("free");
    expect(einsum.tensors.map((tensor) => typeName(tensor.type))).to.deep.equal(["float64", "float64", "float64"]);
    expect(typeName(einsumOf("gemm:M=1,N=1,K=1,type=int8").accumulator)).to.equal("int32");
    expect(einsumOf("conv:M=1,C=1,H=4,W=4,R=3,S=3,padding=1").bounds).to.deep.equal([1, 1, 1, 4, 4, 3, 3]);
    expect(errorsOf("gemm:M=1,N=1,K=1,padding=none,type=int9").map((error) => error.message)).to.deep.equal([
      'padding must be free or counted, found "none"',
      'type must be one of int8, int16, int32, uint8, uint16, float16, float32, float64, found "int9"',
    ]);
  });
  it("take shapes of tensors in Einsums", () => {
    expect(shapesOf(einsumOf("einsum:'O[p] += I[2*p+r-1]*F[r]',P=4,R=3,I=8"))).to.deep.equal({
      I: [8],
      F: [3],
      O: [4],
    });
    expect(codesOf("einsum:'O[p] += I[p]',P=4,I=many")).to.deep.equal(["not-positive-whole"]);
    expect(codesOf("einsum:'O[p] += I[p]',P=-4")).to.deep.equal(["not-positive-whole"]);
  });
  it("refuse padding that is no padding", () => {
    expect(codesOf("conv:M=1,C=1,H=4,W=4,R=3,S=3,Z=some")).to.deep.equal(["wrong-value"]);
    expect(codesOf("conv:M=1,C=1,H=4,W=4,R=3,S=3,Zt=-1")).to.deep.equal(["not-natural"]);
    expect(codesOf("conv:M=1,C=1,P=1,W=4,R=1,S=3,Z=2")).to.deep.equal(["no-input-left"]);
    expect(einsumOf("conv:M=1,C=1,H=4,W=4,R=3,S=3,Z=valid").bounds).to.deep.equal([1, 1, 1, 2, 2, 3, 3]);
  });
  it("never throw, whatever the text", () => {
    const piece = fc.constantFrom(
      "conv:",
      "gemm:",
      "einsum:",
      "O[m]",
      "+=",
      "A[",
      "m",
      "]",
      "M=4",
      ",",
      "Z=same",
      "-",
      "1e99",
      "'",
      "U=",
      "(",
      "^2",
    );
    const text = fc.oneof(
      fc.string(),
      fc.array(piece, { maxLength: 12 }).map((parts) => parts.join("")),
    );
    fc.assert(
      fc.property(text, (argument) => typeof parseInlineLayer(argument).ok === "boolean"),
      { numRuns: 2000 },
    );
  });
});
