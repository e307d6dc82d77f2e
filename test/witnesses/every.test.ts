import { expect } from "chai";
import { checkEvery, small } from "./spaces.js";

describe("model and machine, on every mapping of small mapspaces", () => {
  for (const [text, imperfect] of [
    ["gemm:M=2,N=1,K=2", false],
    ["conv1d:M=1,C=1,P=2,R=2", true],
    ["conv1d:M=1,C=1,P=3,R=2,Z=1,padding=free", false],
    ["einsum:'O[p+r] += I[p] * W[r]',P=2,R=2", true],
  ] as const)
    it(`count the same words for ${text}${imperfect ? ", tiles of any size" : ""}`, () => {
      for (const [name, architecture] of Object.entries(small))
        if (name !== "three levels") expect(checkEvery(text, architecture, imperfect)).to.be.above(10);
    });
});
