import { expect } from "chai";
import { type Architecture, parseArchitecture } from "../../arch-specs/index.js";
import type { Result } from "../../base/index.js";
import { blame, contradictions, isPossible, search } from "../../mapper/index.js";
import { obeyingMappings } from "../../mapper/obeying.js";
import { askedLayer } from "../../mapper/padded.js";
import { problemOf } from "../../mapper/problem.js";
import {
  type Dataflow,
  everyLegalMapping,
  obeys,
  parseDataflow,
  type ResolvedDataflow,
  resolveDataflow,
} from "../../mappings/index.js";
import { type Layer, parseInlineLayer } from "../../workloads/index.js";
import { costOf } from "./problems.js";

const never = (): boolean => false;

function architectureOf(pe: string): Architecture {
  const levels = `{storage: DRAM, keeps: all}, {fanout: PEs, x: 3, y: 2}, {storage: PE, ${pe}}, {compute: MAC}`;
  return onlyValue(parseArchitecture(`name: tiny\nlevels: [${levels}]\n`, "tiny.yaml"));
}

const dataflowOf = (rules: string): Dataflow => onlyValue(parseDataflow(`dataflow: mine\n${rules}\n`, "mine.yaml"));

function asked(spec: string, pe: string, rules: string) {
  const [layer] = onlyValue(parseInlineLayer(spec)).layers;
  if (layer === undefined) throw new Error(spec);
  const architecture = architectureOf(pe);
  const dataflow = onlyValue(resolveDataflow(dataflowOf(rules), architecture, layer.einsum));
  return { layer, architecture, dataflow, conventions: "loopwright", imperfect: true } as const;
}

const isLegal = (layer: Layer, architecture: Architecture, rules: string): boolean =>
  !everyLegalMapping(layer, architecture, { imperfect: true, dataflow: dataflowOf(rules) }).next().done;

describe("mappings of any tiles that have the iterations a dataflow asks for", () => {
  it("are found just where brute force finds one", () => {
    const rules = [
      "PEs: {factors: {m: 2}}",
      "PEs: {factors: {m: 3}, x: [k]}\nPE: {keeps: [Weights], factors: {k: 2}}",
      "PE: {keeps: [Weights, Inputs], factors: {m: 2, k: 2}}",
      "PE: {keeps: [Inputs], factors: {k: 3}, maxFactors: {m: 1}}\nPEs: {factors: {m: 3}}",
      "DRAM: {loopsBelow: [m, k], factors: {m: 2}}\nPEs: {maxFactors: {m: 2, k: 2}}\nPE: {keeps: [Weights], maxFactors: {m: 1}}",
      "PEs: {factors: {m: 4}}",
      'PEs: {factors: {m: 2, k: 3}}\nPE: {keeps: [Weights], factors: {k: 4}, order: [k, m, "*"]}',
    ];
    let [legal, illegal] = [0, 0];
    for (const spec of ["gemm:M=5,N=1,K=3", "gemm:M=3,N=2,K=5"])
      for (const words of [2, 3, 5])
        for (const rule of rules) {
          const { layer, architecture, dataflow } = asked(spec, `capacity: ${words} word, mayKeep: all`, rule);
          const found = obeyingMappings(problemOf(layer, architecture), dataflow, 3, never);
          const title = `${spec} ${words} words ${rule}`;
          const isThere = isLegal(layer, architecture, rule);
          expect(found.mappings.length > 0, title).to.equal(isThere);
          if (!isThere) expect(found.isProven, title).to.equal(true);
          for (const mapping of found.mappings) expect(obeys(mapping, dataflowOf(rule)), title).to.deep.equal([]);
          if (isThere) legal++;
          else illegal++;
        }
    expect(legal).to.be.greaterThan(10);
    expect(illegal).to.be.greaterThan(5);
  }).timeout(600_000);

  it("are not proven to be none where brute force finds one, however little room there is", () => {
    const window = "conv:N=1,M=1,C=1,P=4,Q=1,R=3,S=1";
    for (const [spec, mesh, pe, rules] of [
      [
        "gemm:M=7,N=1,K=2",
        "x: 2",
        "capacity: 3 word, keeps: [Outputs]",
        "DRAM: {maxFactors: {m: 3, k: 2}}\nPEs: {factors: {k: 1}}",
      ],
      [
        window,
        "x: 3, y: 2",
        "capacity: 3 word, keeps: [Inputs, Weights]",
        "DRAM: {maxFactors: {p: 1, r: 1}}\nPEs: {maxFactors: {p: 2}}\nPE: {maxFactors: {p: 2, r: 2}}",
      ],
      [window, "x: 3", "capacity: 3 word, keeps: [Outputs]", "DRAM: {factors: {p: 4, r: 4}}\nPEs: {factors: {r: 1}}"],
      [window, "y: 2", "capacity: 2 word, keeps: [Inputs]", "DRAM: {factors: {p: 3, r: 3}}"],
      [
        "gemm:M=4,N=1,K=4",
        "x: 2",
        "capacity: 2 word, keeps: [Inputs, Weights]",
        "DRAM: {maxFactors: {m: 3, k: 2}}\nPE: {maxFactors: {m: 2, k: 4}}",
      ],
      [
        "gemm:M=4,N=1,K=4",
        "x: 3, y: 2",
        "capacity: 6 word, keeps: [Inputs, Weights]",
        "DRAM: {factors: {m: 2, k: 2}}\nPEs: {factors: {k: 4}}",
      ],
      [
        window,
        "x: 2, y: 2",
        "capacity: 5 word, mayKeep: all",
        "DRAM: {factors: {r: 3}}\nPEs: {maxFactors: {r: 3}}\nPE: {factors: {p: 3, r: 2}}",
      ],
    ] as const) {
      const levels = `{storage: DRAM, keeps: all}, {fanout: PEs, ${mesh}}, {storage: PE, ${pe}}, {compute: MAC}`;
      const architecture = onlyValue(parseArchitecture(`name: tiny\nlevels: [${levels}]\n`, "tiny.yaml"));
      const [layer] = onlyValue(parseInlineLayer(spec)).layers;
      if (layer === undefined) throw new Error(spec);
      const dataflow = onlyValue(resolveDataflow(dataflowOf(rules), architecture, layer.einsum));
      expect(isLegal(layer, architecture, rules), rules).to.equal(true);
      const found = obeyingMappings(problemOf(layer, architecture), dataflow, 3, never);
      expect(found.mappings.length > 0 || !found.isProven, `${spec} ${rules}`).to.equal(true);
    }
  }).timeout(600_000);

  it("make starts for the search where the bound is no multiple of what is asked for", () => {
    for (const [spec, rules] of [
      ["gemm:M=11,N=6,K=4", "PEs: {factors: {m: 6}}"],
      ["gemm:M=121,N=60,K=40", "PEs: {factors: {m: 6}}\nPE: {keeps: [Weights], factors: {k: 7}}"],
    ] as const) {
      const { layer, architecture, dataflow } = asked(spec, "capacity: 20 word, mayKeep: all", rules);
      let isStopped = false;
      const found = search(layer, architecture, {
        ...{ objective: { name: "energy", energyPower: 1, delayPower: 0 }, dataflow, costOf, gap: 0, imperfect: true },
        cancelled: () => isStopped,
        progress: ({ incumbent }) => {
          isStopped = incumbent !== null;
        },
      });
      if (found.mapping === null) return expect.fail(`${spec}: nothing found`);
      expect(obeys(found.mapping, dataflowOf(rules)), spec).to.deep.equal([]);
      expect(found.lowerBound).to.be.at.most(found.cost?.value ?? 0);
    }
  }).timeout(600_000);

  it("are found near perfect ones of a layer whose bounds are multiples of what is asked for", () => {
    const { layer, architecture, dataflow } = asked(
      "gemm:M=11,N=6,K=8",
      "capacity: 9 word, mayKeep: all",
      "PEs: {factors: {m: 3}}",
    );
    const padded = askedLayer(problemOf(layer, architecture), dataflow);
    expect(padded?.layer.einsum.bounds).to.deep.equal([12, 6, 8]);
    expect(padded?.growth).to.be.closeTo(12 / 11, 1e-12);
    const none = asked("gemm:M=12,N=6,K=8", "capacity: 9 word, mayKeep: all", "PEs: {factors: {m: 3}}");
    expect(askedLayer(problemOf(none.layer, none.architecture), none.dataflow)).to.equal(null);
    let least = Number.POSITIVE_INFINITY;
    search(layer, architecture, {
      ...{ objective: { name: "energy", energyPower: 1, delayPower: 0 }, dataflow, costOf, gap: 0, imperfect: true },
      cancelled: () => least < Number.POSITIVE_INFINITY,
      progress: ({ incumbent }) => {
        least = incumbent?.energy ?? least;
      },
    });
    const ofMultiple = search(none.layer, none.architecture, {
      ...{ objective: { name: "energy", energyPower: 1, delayPower: 0 }, dataflow: none.dataflow, costOf, gap: 0 },
      ...{ cancelled: () => false, progress: () => undefined },
    });
    expect(least).to.be.at.most(1.1 * (ofMultiple.cost?.energy ?? 0));
  }).timeout(600_000);

  it("tell the least capacity that suffices: brute force finds a mapping with it, and none with a word less", () => {
    for (const [rules, words] of [
      ["PE: {factors: {k: 3}, keeps: [Weights]}", 3],
      ["PE: {factors: {k: 3, m: 2}, keeps: [Weights, Inputs]}", 9],
    ] as const) {
      const { layer, ...rest } = asked("gemm:M=3,N=1,K=5", "capacity: 1 word, mayKeep: all", rules);
      const needed = Number(/needs? (\d+) words? in PE, it has 1/.exec(blamed({ layer, ...rest }))?.[1]);
      expect(needed, rules).to.be.at.most(words);
      const has = (n: number): boolean => isLegal(layer, architectureOf(`capacity: ${n} word, mayKeep: all`), rules);
      expect(has(needed), `${rules}: ${needed} suffice`).to.equal(true);
      expect(has(needed - 1), `${rules}: ${needed - 1} do not`).to.equal(false);
    }
  }).timeout(600_000);

  it("are none where the array has no room, whatever the tiles; that the bound is no multiple is no reason", () => {
    const five = asked("gemm:M=12,N=1,K=2", "capacity: 9 word, mayKeep: all", "PEs: {factors: {m: 5}}");
    expect(contradictions(five)).to.deep.equal([
      "PEs has 3 × 2 (x × y), too few for the iterations that mine asks for: 5 of m",
    ]);
    expect(isPossible(five, never)).to.equal(false);
    const six = asked("gemm:M=11,N=1,K=2", "capacity: 9 word, mayKeep: all", "PEs: {factors: {m: 6}}");
    expect(contradictions(six)).to.deep.equal([]);
    expect(isPossible(six, never)).to.equal(true);
    expect(isPossible({ ...six, imperfect: false }, never)).to.equal(false);
  });
});

function blamed(of: Parameters<typeof blame>[0] & { readonly dataflow: ResolvedDataflow }): string {
  return blame(of, never)?.reasons.join("; ") ?? "";
}

function onlyValue<T>(result: Result<T>): T {
  if (!result.ok) throw new Error(result.errors[0]?.message);
  return result.value;
}
