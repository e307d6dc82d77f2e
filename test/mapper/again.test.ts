import { expect } from "chai";
import type { Architecture } from "../../arch-specs/index.js";
import { type Random, seeded } from "../../base/index.js";
import type { Objective } from "../../mapper/index.js";
import { limitsOf } from "../../mapper/limits.js";
import { type Problem, problemOf } from "../../mapper/problem.js";
import { type Met, Space } from "../../mapper/space.js";
import { type Layer, parseInlineLayer } from "../../workloads/index.js";
import { meetingProblemFrom, problemFrom } from "./problems.js";
import { choicesOf, countOf } from "./promises.js";

/** Families with more complete choices are left to others. */
const MOST = 500;
/** Families of a problem. */
const FEW = 6;

/** Loops of each variable that a choice of rows stands for, by the groups' own tables, and what it costs (energy and cycles). */
function choicesIn({ splits, family }: Met): ReadonlyMap<string, readonly number[]> {
  const found = new Map<string, readonly number[]>();
  const out = new Float64Array(3);
  for (const { chosen, columns } of choicesOf(family)) {
    if (!family.valuation.price(columns, out)) continue;
    const chains = splits.groups.map(({ variables, chains }, g) => {
      const row = family.rows[g]?.rows[chosen[g] ?? -1] ?? -1;
      return variables.map((_, i) => chains[row * variables.length + i]);
    });
    const codes = splits.groups.map(({ codes }, g) => codes[family.rows[g]?.rows[chosen[g] ?? -1] ?? -1]);
    found.set(`${codes}`, [...out.slice(1), ...chains.flat().map((chain) => chain ?? -1)]);
  }
  return found;
}

/** Some codes of each group, at least one, chosen group by group. */
function someCodes({ splits, family }: Met, random: Random): readonly Float64Array[] {
  return family.rows.map(({ rows }, g) => {
    const all = Float64Array.from(rows, (row) => splits.groups[g]?.codes[row] ?? -1);
    const some = all.filter(() => random.integer(1, 2) === 1);
    return some.length > 0 ? some : all.slice(0, 1);
  });
}

interface Case {
  readonly title: string;
  readonly problem: Problem;
  readonly objective: Objective;
}

function* cases(): Generator<Case> {
  const caseOf = (title: string, layer: Layer, architecture: Architecture, objective: Objective): Case => ({
    title,
    problem: problemOf(layer, architecture),
    objective,
  });
  for (let seed = 1; seed <= 8; seed++) {
    const { title, layer, architecture, objective } = problemFrom(seed);
    yield caseOf(title, layer, architecture, objective);
    const meeting = meetingProblemFrom(seed);
    yield caseOf(meeting.title, meeting.layer, meeting.architecture, meeting.objective);
    // Two groups that mirror each other: they share rows until some of one are left out.
    for (const text of ["einsum:'O[m] += A[m,k,j]*B[k,j]',M=2,K=4,J=4", "conv:N=1,M=1,C=2,P=4,Q=4,R=1,S=1"]) {
      const parsed = parseInlineLayer(text);
      if (!parsed.ok) throw new Error(text);
      for (const own of parsed.value.layers) yield caseOf(`${text} on that of ${title}`, own, architecture, objective);
    }
  }
}

describe("a family that is made again", () => {
  it("has what is left of its splits, loop by loop, and each costs what it did", () => {
    let [held, unlike] = [0, 0];
    for (const { title, problem, objective } of cases()) {
      const space = new Space(problem, limitsOf(problem, null), objective);
      const random = seeded(held + 1);
      let left = FEW;
      for (const at of space.placements.keys()) {
        for (const met of space.families(at)) {
          if (left === 0 || countOf(met.family) > MOST || random.integer(1, 4) > 1) continue;
          left--;
          const codes = someCodes(met, random);
          unlike += met.family.rows.some((own, g) =>
            met.family.rows.some((other, h) => own === other && `${codes[g]}` !== `${codes[h]}`),
          )
            ? 1
            : 0;
          const all = choicesIn(met);
          const again = choicesIn(space.again(met.seat, met.order, met.family.mode, codes));
          const isLeft = (key: string): boolean => key.split(",").every((code, g) => codes[g]?.includes(Number(code)));
          const expected = [...all].filter(([key]) => isLeft(key));
          expect([...again], `${title}, placement ${at}`).to.deep.equal(expected);
          held += expected.length;
        }
      }
    }
    expect(held).to.be.greaterThan(1000);
    expect(unlike).to.be.greaterThan(20);
  });
});
