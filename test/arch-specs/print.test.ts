import { expect } from "chai";
import fc from "fast-check";
import {
  type Architecture,
  type ComputeLevel,
  type FanoutLevel,
  parseArchitecture,
  printArchitecture,
  type StorageLevel,
  type TensorSet,
} from "../../arch-specs/index.js";

const names = fc.stringMatching(/^[A-Za-z_][A-Za-z0-9_.\-/@+]{0,6}$/).filter((name) => !["all", "none"].includes(name));
const sets = (from = names): fc.Arbitrary<TensorSet> =>
  fc.oneof(
    fc.constant<TensorSet>("all"),
    fc.array(from, { maxLength: 3 }).map((tensors): TensorSet => new Set(tensors)),
  );
const counts = fc.integer({ min: 1, max: 2 ** 20 });
const costs = fc.oneof(fc.constant(0), fc.double({ min: 1e-9, max: 1e6, noNaN: true }));
const rates = fc.oneof(fc.constant(Infinity), fc.double({ min: 1e-3, max: 1e6, noNaN: true }));
const axes = fc.record({ x: sets(), y: sets() });

const storages: fc.Arbitrary<Omit<StorageLevel, "name">> = fc
  .record({
    kind: fc.constant("storage" as const),
    capacity: fc.oneof(
      fc.oneof(counts, fc.constant(Infinity)).map((words) => ({ kind: "shared" as const, words })),
      fc
        .array(fc.tuple(names, counts), { minLength: 1, maxLength: 3 })
        .map((parts) => ({ kind: "per-tensor" as const, words: new Map(parts) })),
    ),
    wordBits: fc.integer({ min: 1, max: 64 }),
    block: counts,
    reuse: fc.constantFrom("slide", "overlap", "none"),
    keeps: sets(),
    mayKeep: sets(),
    bandwidth: fc.record({ read: rates, write: rates, shared: rates }),
    energy: fc.record({ read: costs, write: costs, update: costs, leak: costs }),
    buffering: fc.constantFrom("single", "double"),
    area: costs,
  })
  // A per-tensor capacity must have room for what is kept by name.
  .map((level) =>
    level.capacity.kind === "per-tensor" ? { ...level, keeps: new Set(level.capacity.words.keys()) } : level,
  );
const fanouts: fc.Arbitrary<Omit<FanoutLevel, "name">> = fc.record({
  kind: fc.constant("fanout" as const),
  x: fc.integer({ min: 1, max: 64 }),
  y: fc.integer({ min: 1, max: 64 }),
  multicast: axes,
  reduction: axes,
  links: axes,
  hopEnergy: costs,
  leak: costs,
  area: costs,
});
const computes: fc.Arbitrary<ComputeLevel> = fc.record({
  kind: fc.constant("compute" as const),
  name: fc.constant("MAC"),
  operationsPerCycle: fc.double({ min: 0.125, max: 64, noNaN: true }),
  energy: costs,
  leak: costs,
  latency: fc.nat(100),
  area: costs,
});
const architectures: fc.Arbitrary<Architecture> = fc
  .record({
    name: fc.oneof(names, fc.string({ unit: "binary", minLength: 1, maxLength: 12 })),
    source: fc.string({ unit: "binary", maxLength: 20 }),
    clockHz: fc.double({ min: 1, max: 1e12, noNaN: true }),
    outermost: storages,
    inner: fc.array(fc.oneof(storages, fanouts), { maxLength: 4 }),
    compute: computes,
  })
  .map(({ outermost, inner, compute, ...file }) => ({
    ...file,
    levels: [...[outermost, ...inner].map((level, i) => ({ ...level, name: `L${i}` })), compute],
  }));

describe("arch-specs: printing", () => {
  it("gives back an equal architecture", () => {
    fc.assert(
      fc.property(architectures, (architecture) => {
        const text = printArchitecture(architecture);
        expect(parseArchitecture(text, "printed.yaml"), text).to.deep.equal({ ok: true, value: architecture });
      }),
      { numRuns: 300 },
    );
  });
});
