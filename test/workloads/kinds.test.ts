import { expect } from "chai";
import {
  type Einsum,
  einsumWithTypes,
  parametersOf,
  parseInlineLayer,
  printAffine,
  reference,
  tensorWords,
} from "../../workloads/index.js";
import { layerFrom } from "./arbitraries.js";

/** The layer run on integers, its output as a list. */
function run(argument: string, ...inputs: number[][]): number[] {
  return [
    ...reference(
      layerFrom(argument).einsum,
      inputs.map((values) => Int32Array.from(values)),
    ),
  ];
}
function runFloat(argument: string, ...inputs: number[][]): number[] {
  return [
    ...reference(
      einsumWithTypes(layerFrom(argument).einsum, "float32"),
      inputs.map((values) => Float32Array.from(values)),
    ),
  ];
}
const printed = ({ tensors, variables }: Einsum): string =>
  tensors.map((tensor) => `${tensor.name}[${tensor.ranks.map((affine) => printAffine(affine, variables))}]`).join(" ");
const upTo = (n: number): number[] => Array.from({ length: n }, (_, i) => i);
const ones = (n: number): number[] => new Array<number>(n).fill(1);

describe("kinds of layers", () => {
  it("pool by the maximum and by both averages", () => {
    const image = [1, 1, 2, 4, 5, 6, 7, 8, 3, 2, 1, 0, 1, 2, 3, 4];
    expect(run("max-pool:C=1,H=4,W=4,R=2,S=2,U=2", image)).to.deep.equal([6, 8, 3, 4]);
    expect(run("max-pool:C=1,H=2,W=2,R=3,S=3,Z=1", [-1, -2, -3, -4])).to.deep.equal([-1, -1, -1, -1]);
    expect(runFloat("average-pool:C=1,H=4,W=4,R=2,S=2,U=2", image)).to.deep.equal([3.25, 5.25, 2, 2]);
    expect(runFloat("average-pool:C=1,H=2,W=2,R=2,S=2,Z=1,U=2", [4, 8, 12, 16])).to.deep.equal([1, 2, 3, 4]);
    expect(runFloat("average-pool:C=1,H=2,W=2,R=2,S=2,Z=1,U=2,divide=inside", [4, 8, 12, 16])).to.deep.equal([
      4, 8, 12, 16,
    ]);
    expect(runFloat("global-average-pool:C=2,H=2,W=2", [1, 2, 3, 4, 5, 6, 7, 8])).to.deep.equal([2.5, 6.5]);
    expect(run("global-max-pool:C=2,H=2,W=2", upTo(8))).to.deep.equal([3, 7]);
  });
  it("scatter in transposed convolutions as the ONNX specification's ConvTranspose examples do", () => {
    const plain = run("deconv:M=2,C=1,H=3,W=3,R=3,S=3", upTo(9), ones(18));
    const map = [0, 1, 3, 3, 2, 3, 8, 15, 12, 7, 9, 21, 36, 27, 15, 9, 20, 33, 24, 13, 6, 13, 21, 15, 8];
    expect(plain).to.deep.equal([...map, ...map]);
    const dilated = run("deconv:M=1,C=1,H=3,W=3,R=2,S=2,D=2", [3, 8, 1, 9, 5, 7, 3, 2, 6], [7, 2, 1, 9]);
    expect(dilated).to.deep.equal([
      21, 56, 13, 16, 2, 63, 35, 67, 10, 14, 24, 22, 76, 76, 21, 9, 5, 88, 45, 63, 3, 2, 33, 18, 54,
    ]);
    const padded = layerFrom("deconv:M=2,C=1,H=3,W=3,R=3,S=3,Up=3,Uq=2,Zt=1,Zb=1,Zl=2,Zr=2").einsum;
    expect(padded.tensors.at(-1)?.shape).to.deep.equal([1, 2, 7, 3]);
    const longer = layerFrom("deconv:M=2,C=1,H=3,W=3,R=3,S=3,Up=3,Uq=2,A=1").einsum;
    expect(longer.tensors.at(-1)?.shape).to.deep.equal([1, 2, 10, 8]);
  });
  it("transpose grouped, one- and three-dimensional convolutions", () => {
    expect(printed(layerFrom("deconv:M=4,C=6,G=2,H=3,W=3,R=3,S=3,U=2,Z=1").einsum)).to.equal(
      "Inputs[n,g,c,p,q] Weights[g,c,m,r,s] Outputs[n,g,m,2*p+r-1,2*q+s-1]",
    );
    expect(run("deconv1d:M=1,C=1,H=3,R=3", [0, 1, 2], [1, 1, 1])).to.deep.equal([0, 1, 3, 3, 2]);
    expect(layerFrom("deconv3d:M=2,C=1,L=3,H=4,W=5,T=3,R=3,S=3").einsum.tensors.at(-1)?.shape).to.deep.equal([
      1, 2, 5, 6, 7,
    ]);
  });
  it("are depthwise with one key for channels and groups", () => {
    const { einsum } = layerFrom("depthwise:C=8,H=6,W=6,R=3,S=3,Z=1");
    expect(einsum).to.deep.equal(layerFrom("conv:M=8,C=8,G=8,H=6,W=6,R=3,S=3,Z=1").einsum);
    expect(parametersOf(layerFrom("depthwise:C=8,H=6,W=6,R=3,S=3")).weights).to.equal(72);
  });
  it("add and multiply word by word", () => {
    expect(run("add:C=4", [1, 2, 3, 4], [10, 20, 30, 40])).to.deep.equal([11, 22, 33, 44]);
    expect(run("multiply:C=2,H=2", [1, 2, 3, 4], [10, 20, 30, 40])).to.deep.equal([10, 40, 90, 160]);
  });
  it("score queries with keys and gather values", () => {
    expect(run("attention-scores:M=2,N=3,K=2", [1, 2, 3, 4], [1, 0, 0, 1, 1, 1])).to.deep.equal([1, 2, 3, 3, 4, 7]);
    expect(run("attention-context:M=2,N=3,K=1", [1, 2, 3, 4, 5, 6], [1, 10, 100])).to.deep.equal([321, 654]);
    const { einsum } = layerFrom("attention-scores:B=2,H=12,M=128,N=128,K=64");
    expect(einsum.tensors.map(tensorWords)).to.deep.equal([196608, 196608, 393216]);
    expect(parametersOf(layerFrom("attention-scores:M=2,N=3,K=2")).weights).to.equal(0);
  });
  it("refuse what is wrong, each key in its words", () => {
    const codes = (argument: string): string[] => {
      const result = parseInlineLayer(argument);
      return result.ok ? [] : result.errors.map((error) => error.code.replace("workload/", ""));
    };
    expect(codes("max-pool:C=1,H=4,W=4,R=2,S=2,M=3")).to.deep.equal(["unknown-key"]);
    expect(codes("average-pool:C=1,H=4,W=4,R=2,S=2,divide=both")).to.deep.equal(["wrong-value"]);
    expect(codes("deconv:M=1,C=1,H=2,W=2,R=2,S=2,Z=2")).to.deep.equal(["no-output-left", "no-output-left"]);
    expect(codes("max-pool:C=9999999,N=9999999,H=999,W=999,R=2,S=2")).to.include("too-large");
    expect(codes("add:C=9999999,N=9999999,H=999,W=999")).to.include("too-large");
    expect(codes("deconv:M=9999999,C=9999999,H=999,W=999,R=2,S=2")).to.include("too-large");
  });
});
