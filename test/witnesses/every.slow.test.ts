import { expect } from "chai";
import { checkEvery, small } from "./spaces.js";

describe("model and machine, on every mapping of larger mapspaces", () => {
  for (const [text, name, imperfect] of [
    ["conv1d:M=1,C=1,P=3,R=2", "three levels", false],
    ["conv1d:M=1,C=1,P=4,R=2,U=2", "units side by side", true],
    ["gemm:M=2,N=2,K=2", "units side by side", false],
    ["gemm:M=2,N=2,K=2", "buffers side by side, nothing shared", false],
    ["einsum:'O[p+r] += I[p] * W[r]',P=3,R=3", "buffers side by side", true],
    ["einsum:'O[p+r] += I[p] * W[r]',P=2,R=2", "three levels", true],
    ["einsum:'O[m,p] += I[2*p+r] * W[m,r]',M=2,P=2,R=2", "buffers side by side", false],
  ] as const)
    it(`count the same words for ${text} on ${name}${imperfect ? ", tiles of any size" : ""}`, () => {
      expect(checkEvery(text, small[name], imperfect)).to.be.above(300);
    });
});
