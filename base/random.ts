import { uniformInt } from "pure-rand/distribution/uniformInt";
import { xoroshiro128plus } from "pure-rand/generator/xoroshiro128plus";

/** A seeded source of integers; the same seed gives the same sequence on every machine. */
export interface Random {
  /** A whole number in [low, high], both included. */
  integer(low: number, high: number): number;
  /** One of the items, which must not be empty. */
  pick<T>(items: readonly T[]): T;
}

export function seeded(seed: number): Random {
  const generator = xoroshiro128plus(seed);
  const integer = (low: number, high: number): number => uniformInt(generator, low, high);
  return {
    integer,
    pick: <T>(items: readonly T[]): T => items[integer(0, items.length - 1)] as T,
  };
}
