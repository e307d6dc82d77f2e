import { expect } from "chai";
import { parseArchitecture } from "../../arch-specs/index.js";
import { type Random, seeded } from "../../base/index.js";
import type { Setting } from "../../mapper/atoms.js";
import { type Limits, limitsOf } from "../../mapper/limits.js";
import type { OrderFamily } from "../../mapper/orders.js";
import { Packer } from "../../mapper/packing.kernel.js";
import type { Placement } from "../../mapper/placement.js";
import { type Problem, problemOf } from "../../mapper/problem.js";
import type { Relaxation } from "../../mapper/relaxation.js";
import { type Family, familyOf, halvesOf, settledOf } from "../../mapper/smooth.js";
import { askedBoxes } from "../../mapper/smooth-asked.js";
import type { Cut } from "../../mapper/smooth-dual.kernel.js";
import { type Box, type Keys, SmoothGroup } from "../../mapper/smooth-group.kernel.js";
import { smoothPackingOf } from "../../mapper/smooth-packing.js";
import { anyReduction, type Reduction, reducedBoxes, reductionsOf, repeatsOf } from "../../mapper/smooth-reduction.js";
import { slotsOf } from "../../mapper/smooth-slots.js";
import { Space } from "../../mapper/space.js";
import { parseDataflow, type ResolvedDataflow, resolveDataflow } from "../../mappings/index.js";
import { parseInlineLayer } from "../../workloads/index.js";
import { meetingProblemFrom, problemFrom, type Problem as Small } from "./problems.js";
import { choicesOf, countOf } from "./promises.js";

/** Families with more choices are left to others. */
const MOST = 800;
const FEW = 10;

interface Nests {
  readonly title: string;
  readonly family: Family;
  readonly relaxation: Relaxation;
  readonly problem: Problem;
  readonly limits: Limits;
  readonly placement: Placement;
  /** The columns of every choice of perfect tiles, and its value. */
  readonly columns: readonly Float64Array[];
  readonly values: readonly number[];
}

/** Families of smooth nests, each with all choices of perfect tiles in the same place and order. */
function* nestsOf(small: Small, dataflow: ResolvedDataflow | null = null, most = MOST): Generator<Nests> {
  const problem = problemOf(small.layer, small.architecture);
  const limits = limitsOf(problem, dataflow);
  const space = new Space(problem, limits, small.objective);
  let taken = 0;
  for (const at of space.placements.keys()) {
    const keys: Keys = new Map();
    const made = new Map<string, Nests & { readonly columns: Float64Array[]; readonly values: number[] }>();
    for (const { setting, order, family } of space.families(at)) {
      if (countOf(family) > most) continue;
      const name = JSON.stringify(order);
      const title = `${small.title}, ${at}: ${name}`;
      const nests = made.get(name) ?? {
        title,
        ...smoothFamily(setting, family.relaxation, limits, order, small, keys),
        columns: [],
        values: [],
      };
      made.set(name, nests);
      const out = new Float64Array(3);
      for (const { columns } of choicesOf(family)) {
        nests.columns.push(columns);
        nests.values.push(family.valuation.price(columns, out) ? (out[0] ?? 0) : Number.POSITIVE_INFINITY);
      }
    }
    for (const nests of made.values()) {
      if (++taken > FEW) return;
      if (nests.columns.length > 0 && nests.family.groups.every(({ isSuited }) => isSuited)) yield nests;
    }
  }
}

function smoothFamily(
  setting: Setting & { readonly placement: Placement },
  relaxation: Relaxation,
  limits: Limits,
  order: OrderFamily,
  { objective }: Small,
  keys: Keys,
) {
  const { problem, placement } = setting;
  const packing = smoothPackingOf(problem, placement);
  const family = familyOf(setting, relaxation, limits, objective, packing, order, keys);
  return { family, relaxation, problem, limits, placement };
}

/** Coefficients as linear bounds have them: x and y of a difference weigh alike. */
function coefficientsOf({ columns, energy, delays, capacities, fanouts }: Relaxation, random: Random): Float64Array {
  const of = new Float64Array(columns.length);
  const add = (c: number, weight: number): void => {
    if (c >= 0) of[c] = (of[c] ?? 0) + weight;
  };
  const weight = (): number => random.pick([0, 0, 1, random.integer(1, 100) / 50]);
  for (const { column, v } of [...energy, ...(delays[0] ?? [])]) {
    const own = weight();
    add(column, own);
    add(v, own);
  }
  for (const c of [...capacities.flatMap((limit) => limit.columns), ...fanouts.map(({ column }) => column)])
    add(c, random.pick([0, weight()]));
  return of;
}

/** The least total of all groups, packed. */
function leastOf({ groups, packing }: Family, boxes: readonly Box[], coefficients: Float64Array): number {
  const packer = new Packer(packing.packing, groups.length);
  groups.forEach((group, g) => {
    const box = boxes[g];
    if (box === undefined) throw new Error("no box");
    group.confine(box);
    group.evaluate(coefficients);
    packer.least[g]?.set(group.least);
  });
  return packer.total(groups.length);
}

const wholeOf = ({ groups }: Family): readonly Box[] => groups.map((group) => group.wholeBox());

/** Every choice of who slides which node's tile. */
function settledBoxes(family: Family, from = wholeOf(family)): readonly (readonly Box[])[] {
  let boxes = [from];
  for (const settled of family.sliding.keys())
    boxes = boxes.flatMap((own) => settledOf({ family, boxes: own, settled }));
  return boxes;
}

const totalOf = (coefficients: Float64Array, columns: Float64Array): number =>
  coefficients.reduce((sum, q, c) => (q === 0 ? sum : sum + q * Math.log(columns[c] ?? 1)), 0);

describe("the nests of smooth chains", () => {
  const nests: Nests[] = [];
  before(() => {
    for (const small of problems()) nests.push(...nestsOf(small));
  });

  it("come to no more than any perfect tiles do, under any coefficients, also where it is settled who slides", () => {
    let [compared, tight] = [0, 0];
    for (const { title, family, relaxation, columns } of nests) {
      const random = seeded(columns.length);
      const settled = settledBoxes(family);
      for (let n = 0; n < (isTelling(title) ? 30 : 6); n++) {
        const q = coefficientsOf(relaxation, random);
        const least = columns.reduce((low, own) => Math.min(low, totalOf(q, own)), Number.POSITIVE_INFINITY);
        const whole = leastOf(family, wholeOf(family), q);
        const apart = settled.reduce((low, boxes) => Math.min(low, leastOf(family, boxes, q)), Infinity);
        expect(whole, title).to.be.at.most(least + 1e-9);
        expect(apart, `${title}, settled`).to.be.at.most(least + 1e-9);
        expect(apart, `${title}, settled`).to.be.at.least(whole - 1e-3);
        compared++;
        if (apart > least - 1e-3) tight++;
      }
    }
    expect(compared).to.be.greaterThan(200);
    expect(tight).to.be.greaterThan(compared / 4);
  });

  it("are together in both halves of a cut", () => {
    let parted = 0;
    for (const { title, family, relaxation } of nests) {
      const random = seeded(title.length);
      for (let n = 0; n < 4; n++) {
        const q = coefficientsOf(relaxation, random);
        const boxes = wholeOf(family);
        const halves = halvesOf({ boxes, cut: cutFrom(family, boxes, 4, random) }) ?? [];
        const [low = 0, high = 0] = halves.map((half) => leastOf(family, half, q));
        expect(Math.min(low, high), title).to.be.closeTo(leastOf(family, boxes, q), 1e-3);
        if (low !== high && Math.max(low, high) < Infinity) parted++;
      }
    }
    expect(parted).to.be.greaterThan(50);
  });

  it("are together in the parts by how far a reduction goes", () => {
    let parted = 0;
    for (const { title, family, relaxation, problem } of nests) {
      const random = seeded(title.length);
      for (let n = 0; n < 4; n++) {
        const q = coefficientsOf(relaxation, random);
        const least = reductionParts(family, 1 + (n % 3)).map((part) => {
          const boxes = reducedBoxes(problem, family.packing, part, family.groups, wholeOf(family));
          expect(isRoomy(problem, family, part, boxes), title).to.equal(true);
          return leastOf(family, boxes, q);
        });
        const whole = leastOf(family, wholeOf(family), q);
        expect(Math.min(...least), title).to.be.closeTo(whole, 1e-9);
        if (Math.max(...least) > whole + 0.1) parted++;
      }
    }
    expect(parted).to.be.greaterThan(20);
  });

  it("touch no word of an accumulator less often than their reduction leaves", () => {
    let least = 0;
    for (const { title, family, relaxation, problem, columns } of nests) {
      const repeats = repeatsOf(problem, family.packing, anyReduction(family.packing));
      for (const { v } of relaxation.energy) {
        if (v < 0 || relaxation.columns[v]?.entered !== -1) continue;
        const fewest = Math.log(Math.min(...columns.map((of) => of[v] ?? 0)));
        expect(fewest, title).to.be.at.least(repeats - 1e-9);
        if (repeats > 0 && fewest < repeats + 1e-9) least++;
      }
    }
    expect(least).to.be.greaterThan(20);
  });

  it("are bounded below every choice of perfect tiles, and lose none below the cutoff", () => {
    let [tight, narrowed] = [0, 0];
    for (const { title, family, relaxation, problem, columns, values } of nests) {
      if (columns.length === 0) continue;
      const least = Math.log(Math.min(...values));
      const repeats = repeatsOf(problem, family.packing, anyReduction(family.packing));
      const cutoff = least + 0.02;
      const found = family.dual.run(wholeOf(family), repeats, null, cutoff, 12);
      expect(found.bound, title).to.be.at.most(least + 1e-9);
      if (found.bound > least - 0.05) tight++;
      const near = columns.filter((_, i) => Math.log(values[i] ?? 0) < cutoff);
      const random = seeded(columns.length);
      if (found.boxes.some(({ keys }, g) => keys.length < (wholeOf(family)[g]?.keys.length ?? 0))) narrowed++;
      for (let n = 0; n < 3; n++) {
        const q = coefficientsOf(relaxation, random);
        const total = near.reduce((low, own) => Math.min(low, totalOf(q, own)), Infinity);
        expect(leastOf(family, found.boxes, q), title).to.be.at.most(total + 1e-9);
      }
    }
    expect(tight).to.be.greaterThan(10);
    expect(narrowed).to.be.greaterThan(20);
  });

  it("leave all that a dataflow's iterations do, and less than there is", () => {
    let less = 0;
    for (const [spec, rules] of ASKING) {
      const small = tellingProblem([spec, MESH]);
      const parsed = parseDataflow(`dataflow: mine\n${rules}\n`, "mine.yaml");
      const dataflow = parsed.ok ? resolveDataflow(parsed.value, small.architecture, small.layer.einsum) : parsed;
      if (!dataflow.ok) throw new Error(rules);
      for (const { title, family, relaxation, problem, limits, placement, columns } of nestsOf(small, dataflow.value)) {
        const whole = wholeOf(family);
        const asked = askedBoxes(problem, limits, placement, family.packing, family.groups, whole);
        const settled = settledBoxes(family, asked);
        const random = seeded(columns.length);
        for (let n = 0; n < 6; n++) {
          const q = coefficientsOf(relaxation, random);
          const least = columns.reduce((low, own) => Math.min(low, totalOf(q, own)), Number.POSITIVE_INFINITY);
          const left = leastOf(family, asked, q);
          const apart = settled.reduce((low, boxes) => Math.min(low, leastOf(family, boxes, q)), Infinity);
          expect(left, `${title}, ${rules}`).to.be.at.most(least + 1e-9);
          expect(apart, `${title}, ${rules}, settled`).to.be.at.most(least + 1e-9);
          if (left > leastOf(family, whole, q) + 0.1) less++;
        }
      }
    }
    expect(less).to.be.greaterThan(20);
  });

  it("of groups that are alike are each other's only where they are asked the same", () => {
    const small = tellingProblem([
      "einsum:'O[p,q] += A[p+r,q+s]*B[r,s]',P=2,Q=2,R=2,S=2",
      "{fanout: F, x: 2, y: 2, energy: {hop: 1 pJ}}, {storage: L1, capacity: 9 word, keeps: [A], energy: {read: 1 pJ, write: 1 pJ}}",
    ]);
    let different = 0;
    for (const { title, family, relaxation, problem, limits } of nestsOf(small, null, Number.POSITIVE_INFINITY)) {
      const { setting, order, packing, groups } = family;
      const slots = problem.bounds.map((_, v) => slotsOf(setting, relaxation, limits, order, v));
      const alone = groups.map((_, g) => new SmoothGroup(setting, relaxation, packing, g, slots, new Map(), null));
      const random = seeded(title.length);
      for (const whole of [...settledBoxes(family), wholeOf(family)])
        for (let n = 0; n < 12; n++) {
          const q = coefficientsOf(relaxation, random);
          const halves = halvesOf({ boxes: whole, cut: cutFrom(family, whole, 2, random) }) ?? [];
          const fewer = whole.map((box) => ({ ...box, keys: box.keys.filter(() => random.integer(0, 3) > 0) }));
          const boxes = random.pick([whole, fewer, ...halves]);
          leastOf(family, boxes, q);
          const shared = groups.map(({ least }) => [...least]);
          leastOf({ ...family, groups: alone }, boxes, q);
          expect(shared, title).to.deep.equal(alone.map(({ least }) => [...least]));
          if (`${shared[0]}` !== `${shared[1]}`) different++;
        }
    }
    expect(different).to.be.greaterThan(20);
  });
});

/** The parts of a family by how far its reduction goes, each cut anew. */
function reductionParts({ packing }: Family, times: number): readonly Reduction[] {
  let parts: readonly Reduction[] = [anyReduction(packing)];
  for (let n = 0; n < times; n++) parts = parts.flatMap((part) => reductionsOf(part) ?? [part]);
  return parts;
}

/** Whether variables of a reduction may go as far as it, and all others as far as it leaves room. */
function isRoomy(
  { reduced }: Problem,
  { groups, packing }: Family,
  { lo, hi }: Reduction,
  boxes: readonly Box[],
): boolean {
  return groups.every(({ variables }, g) =>
    variables.every((v, i) =>
      [packing.x, packing.y].every((size, axis) => {
        const width = (boxes[g]?.hi.length ?? 0) / variables.length;
        const most = boxes[g]?.hi[(i + 1) * width - 2 + axis] ?? 0;
        return reduced.includes(v) ? most >= (hi[axis] ?? 1) : (most + 1) * (lo[axis] ?? 1) > size;
      }),
    ),
  );
}

/** A cut of some group's box, anywhere in it. */
function cutFrom({ groups }: Family, boxes: readonly Box[], bounds: number, random: Random): Cut {
  const group = random.integer(0, groups.length - 1);
  const width = (boxes[group]?.lo.length ?? 0) / (groups[group]?.variables.length ?? 1);
  const ofMain = random.integer(0, width - 1);
  const variable = random.integer(0, (groups[group]?.variables.length ?? 1) - 1);
  const coordinate = random.pick([ofMain, variable * width + random.integer(0, Math.max(0, width - 3))]);
  return { group, coordinate, most: random.integer(1, bounds) };
}

/**
 * Layers and levels that tell: requests that loops of two variables make the same, right below and across a further fan-out; sums that they make of the same
 * words; variables that meet in one axis of a tensor and stand alone in another.
 */
const TELLING = [
  ["einsum:'O[p] += A[p+r]*B[r]',P=4,R=2", "{fanout: F, x: 4, y: 2, multicast: all, energy: {hop: 1 pJ}}"],
  [
    "einsum:'O[p] += A[p+r]*B[r]',P=4,R=2",
    "{fanout: F, x: 2, energy: {hop: 1 pJ}}, {fanout: G, x: 2, y: 2, energy: {hop: 1 pJ}}",
  ],
  [
    "einsum:'O[p+r] += A[p]*B[r]',P=4,R=2",
    "{fanout: F, x: 2, energy: {hop: 1 pJ}}, {fanout: G, x: 2, y: 2, energy: {hop: 1 pJ}}",
  ],
  [
    "einsum:'O[p] += A[p+r,p]*B[r]',P=4,R=2",
    "{storage: L1, capacity: 9 word, keeps: [A], energy: {read: 1 pJ, write: 1 pJ}}",
  ],
  [
    "einsum:'O[p] += A[p+r,p+2*r]*B[r]',P=4,R=2",
    "{storage: L1, capacity: 9 word, keeps: [A], energy: {read: 1 pJ, write: 1 pJ}}",
  ],
  [
    "einsum:'O[p] += A[p,p+r]*B[r]',P=2,R=4",
    "{storage: L1, capacity: 5 word, keeps: [A], energy: {read: 1 pJ, write: 1 pJ}}",
  ],
  [
    "einsum:'O[p] += A[p+r,p]*B[r]',P=2,R=4",
    "{storage: L1, capacity: 5 word, keeps: [A], energy: {read: 1 pJ, write: 1 pJ}}",
  ],
  [
    "einsum:'O[p] += A[p-r]*B[r]',P=4,R=2",
    "{storage: L1, capacity: 9 word, keeps: [A], energy: {read: 1 pJ, write: 1 pJ}}",
  ],
] as const;

const MESH =
  "{fanout: PEs, x: 4, y: 3, energy: {hop: 2 pJ}}, {storage: PE, capacity: 9 word, mayKeep: all, energy: {read: 1 pJ, write: 1 pJ}}";

/** Dataflows that ask for iterations. */
const ASKING = [
  ["gemm:M=4,N=2,K=3", "PEs: {factors: {m: 2}, x: [m], y: [k]}"],
  ["gemm:M=4,N=2,K=3", "PEs: {factors: {m: 2, n: 2}, x: [m, n], y: []}"],
  ["gemm:M=4,N=2,K=3", "PEs: {maxFactors: {m: 1, n: 2}}\nPE: {maxFactors: {m: 1, k: 1}}"],
  ["gemm:M=4,N=4,K=1", "PEs: {factors: {m: 2}}\nL0: {maxFactors: {m: 2, n: 1}}"],
  ["conv:N=1,M=2,C=1,P=4,Q=1,R=3,S=1", "PEs: {factors: {r: 3}, y: [r], x: [p, m]}\nPE: {maxFactors: {p: 1}}"],
  ["conv:N=1,M=2,C=2,P=4,Q=1,R=2,S=1", "L0: {loopsBelow: [m, c]}\nPEs: {maxFactors: {c: 1, m: 1}}"],
] as const;

const isTelling = (title: string): boolean => TELLING.some(([spec]) => title.startsWith(spec));

function tellingProblem([spec, levels]: readonly [string, string]): Small {
  const text = `name: telling\nlevels: [{storage: L0, keeps: all, energy: {read: 9 pJ, write: 9 pJ}}, ${levels}, {compute: MAC}]\n`;
  const [architecture, layers] = [parseArchitecture(text, "telling.yaml"), parseInlineLayer(spec)];
  const layer = layers.ok ? layers.value.layers[0] : undefined;
  if (!architecture.ok || layer === undefined) throw new Error(text);
  return {
    title: spec,
    layer,
    architecture: architecture.value,
    objective: { name: "energy", energyPower: 1, delayPower: 0 },
  };
}

function* problems(): Generator<Small> {
  for (const telling of TELLING) yield tellingProblem(telling);
  for (let seed = 1; seed <= 20; seed++) yield problemFrom(seed);
  for (let seed = 1; seed <= 12; seed++) yield meetingProblemFrom(seed);
}
