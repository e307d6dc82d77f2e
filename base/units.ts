declare const unit: unique symbol;

/** A number whose unit exists for the compiler only. `(u: U) => U` makes it invariant: units cannot mix in a sum. */
export type Quantity<U extends string> = number & { readonly [unit]: (u: U) => U };
export type Words = Quantity<"word">;
export type Cycles = Quantity<"cycle">;
export type Picojoules = Quantity<"pJ">;
export type PjPerWord = Quantity<"pJ/word">;

export const words = (n: number): Words => n as Words;
export const cycles = (n: number): Cycles => n as Cycles;
export const pJ = (x: number): Picojoules => x as Picojoules;
export const pJPerWord = (x: number): PjPerWord => x as PjPerWord;
export const energyOf = (count: Words, cost: PjPerWord): Picojoules => pJ(count * cost);

/** Sum left to right, so the same report comes out of every run. */
export function total<U extends string>(xs: Iterable<Quantity<U>>): Quantity<U> {
  let sum = 0;
  for (const x of xs) sum += x;
  return sum as Quantity<U>;
}
