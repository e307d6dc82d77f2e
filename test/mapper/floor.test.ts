import { expect } from "chai";
import { type Architecture, parseArchitecture } from "../../arch-specs/index.js";
import { type Conventions, type Random, seeded } from "../../base/index.js";
import { floorOf } from "../../mapper/floor.js";
import { parseObjective, valueUnder } from "../../mapper/index.js";
import { problemOf } from "../../mapper/problem.js";
import { everyLegalMapping, isEvenNest, type LegalMapping } from "../../mappings/index.js";
import { evaluateUnder } from "../../sim/conventions/index.js";
import { type Layer, parseInlineLayer, withBias } from "../../workloads/index.js";
import { costOf } from "./problems.js";

/** Problems with more legal mappings are left to other seeds. */
const MOST = 300;

/** Some with free padding, some whose reduction may start from a bias of m. */
const LAYERS = [
  "gemm:M=4,N=2,K=1",
  "gemm:M=2,N=2,K=2",
  "conv:M=2,C=1,P=2,Q=1,R=2,S=1",
  "conv:M=1,C=1,P=4,Q=1,R=2,S=1",
  "conv:M=1,C=1,P=3,Q=1,R=3,S=1,Zt=1,Zb=1,padding=free",
  "conv:M=2,C=1,P=2,Q=1,R=3,S=1,Zt=1,Zb=1,padding=free",
  "conv:M=1,C=2,P=2,Q=1,R=3,S=1,Zt=1,Zb=1,padding=free",
  "einsum:'O[p+r] += A[p]*B[r]',P=3,R=2",
  "einsum:'O[p] max= I[2*p+r]',P=3,R=3",
  "einsum:'O[m] += A[m,k]*B[k]',M=4,K=2",
  "einsum:'O[m] = A[m]+B[m]',M=4",
];

/** Few levels, most of which cost next to nothing, so that what is left is what the floor counts. */
function architectureFrom(random: Random): Architecture {
  const energy = (): number => random.pick([0, 0, 1, 10]);
  const ports = (): string =>
    random.pick([
      "",
      `, bandwidth: {read: ${random.integer(1, 2)} word/cycle, write: 1 word/cycle}`,
      ", bandwidth: {shared: 1 word/cycle}",
    ]);
  const storage = (name: string): string => {
    const keeps =
      name === "L0"
        ? random.pick(["keeps: all", "keeps: all", "mayKeep: all"])
        : random.pick(["keeps: all", "mayKeep: all", "keeps: [Outputs]", "mayKeep: [Inputs]"]);
    const cells = `energy: {read: ${energy()} pJ, write: ${energy()} pJ, update: ${energy()} pJ}`;
    return `{storage: ${name}, capacity: ${name === "L0" ? 1000 : random.integer(2, 20)} word, ${keeps}, block: ${random.pick([1, 1, 2])} word, ${cells}${ports()}}`;
  };
  const shared = (): string => random.pick(["all", "all", "[]", "{x: all}", "{y: all}", "[Inputs]"]);
  const fanout = (name: string): string =>
    `{fanout: ${name}, x: ${random.integer(1, 4)}, y: ${random.integer(1, 2)}, multicast: ${shared()}, reduction: ${shared()}}`;
  const names = random.pick(["L0", "L0", "L0 F", "L0 F", "L0 L1", "L0 F L1", "L0 L1 F"]).split(" ");
  const levels = names.map((name) => (name.startsWith("F") ? fanout(name) : storage(name)));
  const compute = `{compute: MAC, operationsPerCycle: ${random.pick([1, 1, 2])}, energy: ${energy()} pJ}`;
  const text = `name: bare\nsource: a test\nclock: 1 GHz\nlevels:\n${[...levels, compute].map((one) => `  - ${one}\n`).join("")}`;
  const parsed = parseArchitecture(text, "bare.yaml");
  if (!parsed.ok) throw new Error(`${parsed.errors[0]?.message}\n${text}`);
  return parsed.value;
}

function layerFrom(random: Random): Layer {
  const spec = random.pick(LAYERS);
  const parsed = parseInlineLayer(spec);
  const [layer] = parsed.ok ? parsed.value.layers : [];
  if (layer === undefined) throw new Error(spec);
  const biased = random.integer(1, 3) === 1 ? withBias(layer.einsum, ["m"]) : undefined;
  return biased === undefined ? layer : { ...layer, einsum: biased };
}

/** Every legal mapping with words for it under the conventions; null where they are too many. */
function mappingsOf(
  layer: Layer,
  architecture: Architecture,
  conventions: Conventions,
): readonly LegalMapping[] | null {
  const found: LegalMapping[] = [];
  let begun = 0;
  const isWanted = (): boolean => ++begun <= 30 * MOST;
  const imperfect = conventions === "loopwright";
  for (const mapping of everyLegalMapping(layer, architecture, { conventions, imperfect, isWanted })) {
    if (conventions !== "timeloop" || isEvenNest(mapping)) found.push(mapping);
    if (found.length > MOST) return null;
  }
  return begun > 30 * MOST ? null : found;
}

describe("the floor, a bound without a search", () => {
  for (const conventions of ["loopwright", "timeloop", "accelforge"] as const)
    it(`is never above a mapping, and some mappings attain it, under the conventions of ${conventions}`, () => {
      let [compared, attained] = [0, 0];
      for (let seed = 1; seed <= 180; seed++) {
        const random = seeded(seed);
        const [layer, architecture] = [layerFrom(random), architectureFrom(random)];
        const objective = parseObjective(random.pick(["energy", "energy", "delay", "edp"]));
        const isNative = conventions === "loopwright";
        if (objective === null || (!isNative && layer.einsum.padding === "free")) continue;
        const mappings = mappingsOf(layer, architecture, conventions);
        if (mappings === null || mappings.length === 0) continue;
        const floor = floorOf(problemOf(layer, architecture, conventions), objective);
        let least = Number.POSITIVE_INFINITY;
        for (const mapping of mappings) {
          const { energy, cycles } = isNative
            ? costOf(mapping)
            : evaluateUnder(mapping, conventions, { linkTransfers: false });
          least = Math.min(least, valueUnder(objective, energy, cycles));
        }
        expect(floor, `seed ${seed}, ${layer.name}`).to.be.at.most(least * (1 + 1e-9));
        compared++;
        if (least > 0 && floor > least * (1 - 1e-9)) attained++;
      }
      expect(compared).to.be.greaterThan(40);
      expect(attained, `of ${compared}`).to.be.greaterThan(5);
    }).timeout(600_000);

  it("counts no words of free padding at ports", () => {
    const parsed = parseInlineLayer("conv:M=1,C=1,P=3,Q=1,R=3,S=1,Zt=1,Zb=1,padding=free");
    const levels = [
      "{storage: L0, keeps: all, bandwidth: {read: 1 word/cycle}}",
      "{storage: L1, capacity: 20 word, keeps: all}",
      "{compute: MAC, operationsPerCycle: 2}",
    ];
    const architecture = parseArchitecture(`name: ports\nlevels: [${levels.join(", ")}]\n`, "ports.yaml");
    const [layer] = parsed.ok ? parsed.value.layers : [];
    const objective = parseObjective("delay");
    if (layer === undefined || !architecture.ok || objective === null) throw new Error("not a problem");
    let least = Number.POSITIVE_INFINITY;
    for (const mapping of everyLegalMapping(layer, architecture.value)) least = Math.min(least, costOf(mapping).cycles);
    expect(floorOf(problemOf(layer, architecture.value), objective)).to.be.at.most(least);
    expect(least).to.be.lessThan(8);
  });
});
