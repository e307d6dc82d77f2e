import { expect } from "chai";
import { builtInArchitecture } from "../../arch-specs/index.js";
import { problemOf } from "../../mapper/problem.js";
import { mirrorOf } from "../../mapper/tables.js";
import { parseInlineLayer } from "../../workloads/index.js";

/** The group that the layer's last group mirrors, given the places that each variable may take; the same for all unless told. */
function mirrorOfLast(spec: string, places: (variable: string) => number = () => 7): number {
  const layer = parseInlineLayer(spec);
  const architecture = builtInArchitecture("eyeriss", new Map());
  const [first] = layer.ok ? layer.value.layers : [];
  if (first === undefined || architecture?.ok !== true) throw new Error(spec);
  const problem = problemOf(first, architecture.value);
  return mirrorOf(problem, problem.groups.length - 1, first.einsum.variables.map(places));
}

describe("groups that mirror each other", () => {
  const square = "einsum:'O[p,q] += A[p+r,q+s]*B[r,s]',P=4,R=2,Q=4,S=2";

  it("stand in every tensor alike, variable by variable", () => {
    expect(mirrorOfLast(square)).to.equal(0);
    expect(mirrorOfLast("einsum:'O[p,q] += A[p+2*r,q+2*s]*B[r,s]',P=4,R=2,Q=4,S=2")).to.equal(0);
    expect(mirrorOfLast("einsum:'O[m] += A[m,k,j]*B[k,j]',M=4,K=4,J=4")).to.equal(1);
  });

  it("have equal bounds, steps and places", () => {
    expect(mirrorOfLast("einsum:'O[p,q] += A[p+r,q+s]*B[r,s]',P=4,R=2,Q=2,S=2")).to.equal(-1);
    expect(mirrorOfLast("einsum:'O[p,q] += A[p+r,q+2*s]*B[r,s]',P=4,R=2,Q=4,S=2")).to.equal(-1);
    expect(mirrorOfLast(square, (v) => (v === "s" ? 3 : 7))).to.equal(-1);
  });

  it("lack no tensor that the other has, and change no roles in any", () => {
    expect(mirrorOfLast("einsum:'O[p,q] += A[p+r,q+s]*B[r,s]*D[q]',P=4,R=4,Q=4,S=4")).to.equal(-1);
    expect(mirrorOfLast("einsum:'O[p,s] += A[p+r,q+s]*B[r,s]',P=4,R=4,Q=4,S=4")).to.equal(-1);
    expect(mirrorOfLast("einsum:'O[p,q] += A[p+r,q]*B[r,q]',P=4,R=4,Q=4")).to.equal(-1);
  });
});
