import { expect } from "chai";
import { parseArchitecture } from "../../arch-specs/index.js";
import { Best } from "../../mapper/best.js";
import type { Cost } from "../../mapper/cost.js";
import { listEvery } from "../../mapper/listing.js";
import { PrefixBound } from "../../mapper/prefix.js";
import { problemOf } from "../../mapper/problem.js";
import {
  everyLegalMapping,
  type LegalMapping,
  parseDataflow,
  type ResolvedDataflow,
  type ResolvedNode,
  resolveDataflow,
} from "../../mappings/index.js";
import { parseInlineLayer } from "../../workloads/index.js";
import { costOf, type Problem, primeProblemFrom } from "./problems.js";
import { isPromised, keyOfMapping, noted, type Spent } from "./promises.js";

/** Problems with more legal mappings are left to other seeds. */
const MOST = 700;

/** A problem with every mapping, imperfect tiles and all. */
interface Listable {
  readonly problem: Problem;
  readonly mappings: readonly LegalMapping[];
  readonly resolved: ResolvedDataflow | null;
}

/** Random small problems. */
function* problems(seeds: number): Generator<Listable> {
  for (let seed = 1; seed <= seeds; seed++) {
    const problem = primeProblemFrom(seed);
    const mappings: LegalMapping[] = [];
    for (const mapping of everyLegalMapping(problem.layer, problem.architecture, { imperfect: true })) {
      mappings.push(mapping);
      if (mappings.length > MOST) break;
    }
    if (mappings.length > 0 && mappings.length <= MOST) yield { problem, mappings, resolved: null };
  }
}

/**
 * Problems that tell each of the rules: loops between whose orders a node of a further level chooses, or of the same level; loops above spatial ones that
 * share, where nothing slides; a spatial loop that no kept tensor cares for; steps that leave gaps in a tile; two tensors of one level, between whose nodes a
 * loop takes large steps; dataflows that forbid loops below a node, and that ask for an order of loops, or for their iterations;
 * instances whose ports share a tensor's words.
 */
const TELLING: readonly {
  readonly layer: string;
  readonly levels: readonly string[];
  readonly dataflow?: string;
}[] = [
  {
    layer: "einsum:'O[m] += A[m,k]*B[k]',M=3,K=2",
    levels: [
      "{storage: L0, keeps: all, energy: {read: 10 pJ, write: 10 pJ}}",
      "{storage: L1, capacity: 1 word, keeps: [A]}",
      "{storage: L2, capacity: 1 word, keeps: [B]}",
    ],
  },
  {
    layer: "einsum:'O[p] += A[p+r]*B[r]',P=4,R=2",
    levels: [
      "{storage: L0, keeps: all, energy: {read: 1 pJ, write: 1 pJ}}",
      "{storage: L1, capacity: 5 word, keeps: [A], energy: {read: 10 pJ}}",
      "{fanout: F, x: 2, y: 2, multicast: all}",
    ],
  },
  ...["x: 4, y: 1", "x: 1, y: 4"].map((sides) => ({
    layer: "einsum:'O[p] += A[p+r]*B[r]',P=4,R=2",
    levels: [
      "{storage: L0, keeps: all, energy: {read: 10 pJ, write: 1 pJ}}",
      "{storage: L1, capacity: 5 word, keeps: [A], reuse: none, energy: {read: 10 pJ}}",
      `{fanout: F, ${sides}, multicast: all}`,
    ],
  })),
  {
    layer: "einsum:'O[p] += A[p+r]*B[r]',P=6,R=4",
    levels: [
      "{storage: L0, keeps: all, energy: {read: 10 pJ}}",
      "{storage: L1, capacity: {A: 4, B: 4, O: 1}, keeps: [A, B]}",
    ],
  },
  {
    layer: "einsum:'O[m] += A[m]*B[n]',M=2,N=1",
    levels: [
      "{storage: L0, keeps: all, energy: {read: 10 pJ}}",
      "{fanout: F, x: 2, multicast: all}",
      "{storage: L1, capacity: 1 word, keeps: [B]}",
    ],
  },
  {
    layer: "einsum:'O[p] += A[3*p+r]*B[r]',P=4,R=2",
    levels: ["{storage: L0, keeps: all, energy: {read: 100 pJ}}", "{storage: L1, capacity: 4 word, keeps: [A]}"],
  },
  {
    layer: "einsum:'O[p] += A[p+r]*D[p+r]',P=4,R=3",
    levels: [
      "{storage: L0, keeps: all, energy: {read: 10 pJ}}",
      "{storage: L1, capacity: {A: 4, D: 6, O: 1}, keeps: [A, D], reuse: none}",
    ],
  },
  {
    layer: "einsum:'O[m] += A[m,k]*B[k]',M=2,K=2",
    levels: ["{storage: L0, keeps: all, energy: {read: 10 pJ}}", "{storage: L1, capacity: 1 word, keeps: [B]}"],
    dataflow: "dataflow: mine\nL1: {loopsBelow: [k]}\n",
  },
  {
    layer: "einsum:'O[m] += A[m,k]*B[k]',M=2,K=2",
    levels: ["{storage: L0, keeps: all}", "{storage: L1, capacity: 2 word, keeps: [B]}"],
    dataflow: "dataflow: mine\nL0: {maxFactors: {m: 1, k: 1}}\nL1: {order: [k, m]}\n",
  },
  {
    layer: "einsum:'O[m] += A[m,k]*B[k]',M=2,K=5",
    levels: ["{storage: L0, keeps: all}", "{storage: L1, capacity: 5 word, keeps: [B]}"],
    dataflow: "dataflow: mine\nL1: {factors: {k: 6}}\n",
  },
  {
    layer: "einsum:'O[m] += A[m]*B[m]',M=4",
    levels: [
      "{storage: L0, keeps: all, energy: {read: 10 pJ}}",
      "{fanout: F, x: 2}",
      "{storage: L1, capacity: 2 word, keeps: [A], bandwidth: {read: 1 word/cycle}}",
    ],
  },
];

function* tellingProblems(): Generator<Listable> {
  for (const { layer: spec, levels, dataflow: flow } of TELLING) {
    const text = `name: telling\nsource: a test\nlevels:\n${levels.map((one) => `  - ${one}\n`).join("")}  - {compute: MAC, operationsPerCycle: 2}\n`;
    const [workload, architecture] = [parseInlineLayer(spec), parseArchitecture(text, "telling.yaml")];
    const layer = workload.ok ? workload.value.layers[0] : undefined;
    if (layer === undefined || !architecture.ok) throw new Error(spec);
    const objective = { name: "energy", energyPower: 1, delayPower: 0 };
    const problem = { title: spec, layer, architecture: architecture.value, objective };
    const parsed = flow === undefined ? null : parseDataflow(flow, "telling.yaml");
    if (parsed?.ok === false) throw new Error(flow);
    const flowed = parsed === null ? null : resolveDataflow(parsed.value, architecture.value, layer.einsum);
    if (flowed?.ok === false) throw new Error(flow);
    const resolved = flowed?.value ?? null;
    const mappings = [...everyLegalMapping(layer, architecture.value, { imperfect: true, resolved })];
    yield { problem, mappings, resolved };
  }
}

/** Prices what is listed, and cuts nothing short. */
class Everything extends Best {
  readonly seen: LegalMapping[] = [];
  override isBeatable(): boolean {
    return true;
  }
  override price(mapping: LegalMapping): Cost | null {
    this.seen.push(mapping);
    return null;
  }
}

const listedOf = ({ problem, resolved }: Listable, known: LegalMapping): readonly LegalMapping[] => {
  const { layer, architecture, objective } = problem;
  const options = { objective, dataflow: null, costOf, gap: 0, cancelled: () => false, progress: () => undefined };
  const all = new Everything(options, 0);
  expect(listEvery(problemOf(layer, architecture), objective, all, known, resolved)).to.equal(true);
  return all.seen;
};

describe("the listing of every loop tree", () => {
  it("leaves out no tree that takes less energy or fewer cycles than those of its keeps that are left", () => {
    let [all, left] = [0, 0];
    for (const listable of [...tellingProblems(), ...problems(24)]) {
      const { problem, mappings } = listable;
      const own = problemOf(problem.layer, problem.architecture);
      const [known] = mappings;
      if (known === undefined) continue;
      const listed = listedOf(listable, known);
      const promises = noted(listed.map((mapping) => [keyOfMapping(own, mapping), costOf(mapping)]));
      for (const mapping of mappings)
        expect(isPromised(promises, keyOfMapping(own, mapping), costOf(mapping)), problem.title).to.equal(true);
      all += mappings.length;
      left += listed.length;
    }
    expect(all).to.be.greaterThan(1000);
    expect(left).to.be.lessThan(0.8 * all);
  }).timeout(600_000);

  it("knows of no unfinished tree that it costs more than a tree that begins so", () => {
    let [seen, close] = [0, 0];
    for (const { problem, mappings } of [...tellingProblems(), ...problems(24)]) {
      const own = problemOf(problem.layer, problem.architecture);
      const [known] = mappings;
      if (known === undefined || mappings.length > 2 * MOST) continue;
      const bound = new PrefixBound(own, problem.objective, known);
      const least = new Map<string, { nodes: readonly ResolvedNode[]; spent: Spent }>();
      for (const mapping of mappings) {
        const { energy, cycles } = costOf(mapping);
        for (let n = own.einsum.tensors.length; n <= mapping.nodes.length; n++) {
          const nodes = mapping.nodes.slice(0, n);
          if (own.einsum.tensors.some((_, t) => !nodes.some((node) => node.kind === "keep" && node.tensor === t)))
            continue;
          const key = JSON.stringify(nodes);
          const { spent } = least.get(key) ?? { spent: { energy, cycles } };
          least.set(key, {
            nodes,
            spent: { energy: Math.min(energy, spent.energy), cycles: Math.min(cycles, spent.cycles) },
          });
        }
      }
      for (const { nodes, spent } of least.values()) {
        const { energy, cycles } = bound.leastBelow(nodes);
        const what = `${problem.title}: ${JSON.stringify(nodes)}`;
        expect(energy, what).to.be.at.most(spent.energy * (1 + 1e-9));
        expect(cycles, what).to.be.at.most(spent.cycles * (1 + 1e-9));
        seen++;
        if (energy > 0.8 * spent.energy) close++;
      }
    }
    expect(seen).to.be.greaterThan(1000);
    expect(close).to.be.greaterThan(seen / 2);
  }).timeout(600_000);
});
