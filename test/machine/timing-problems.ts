import type { Architecture, FanoutLevel, Level, StorageLevel } from "../../arch-specs/index.js";
import { type Random, seeded } from "../../base/index.js";
import type { LegalMapping } from "../../mappings/index.js";
import { branded } from "../../mappings/legality.js";
import { randomProblem } from "./random.js";

/** What an architecture's clockwork may be like. */
export interface Clockwork {
  readonly rates: readonly number[];
  readonly latencies: readonly number[];
  readonly bufferings: readonly StorageLevel["buffering"][];
}

export const ANY: Clockwork = {
  rates: [Infinity, Infinity, 0.5, 1, 1.5, 2, 3, 8],
  latencies: [0, 0, 1, 7, 40],
  bufferings: ["single", "double"],
};

/** A random problem with random bandwidths, latencies and buffers. */
export function timedProblem(seed: number, like: Clockwork = ANY): LegalMapping {
  return byTheClock(randomProblem(seed), seed, like);
}

/** The same mapping with random bandwidths, latencies and buffers. */
export function byTheClock(mapping: LegalMapping, seed: number, like: Clockwork = ANY): LegalMapping {
  const random = seeded(seed ^ 0x5eed);
  return changed(mapping, (level) => clockworkOf(level, random, like));
}

/** The same; null where the seed gives no problem. */
export function problemOrNull(seed: number): LegalMapping | null {
  try {
    return timedProblem(seed);
  } catch (error) {
    if (error instanceof Error && error.message.includes("workload/all-padding")) return null;
    throw error;
  }
}

/** The same mapping with other levels; capacities are unlimited, so it stays legal. */
export function changed(
  { layer, architecture, nodes }: LegalMapping,
  change: (level: Level, index: number) => Level,
): LegalMapping {
  const other: Architecture = { ...architecture, levels: architecture.levels.map(change) };
  return branded(layer, other, nodes);
}

function clockworkOf(level: Level, random: Random, { rates, latencies, bufferings }: Clockwork): Level {
  const rate = (): number => random.pick(rates);
  const latency = (): number => random.pick(latencies);
  switch (level.kind) {
    case "storage":
      return {
        ...level,
        bandwidth: { read: rate(), write: rate(), shared: rate() },
        latency: { read: latency(), write: latency() },
        buffering: random.pick(bufferings),
      };
    case "fanout":
      return { ...level, bandwidth: rate(), latency: latency(), ...someLinks(level, random) };
    case "compute":
      return { ...level, operationsPerCycle: random.pick([1, 2, 3, 0.5]), latency: latency() };
  }
}

const someLinks = ({ links }: FanoutLevel, random: Random): Pick<FanoutLevel, "links"> => ({
  links: random.integer(0, 1) === 1 ? { x: "all", y: "all" } : links,
});
