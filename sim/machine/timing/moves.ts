/** What an executor tells the clock of one phase: the tiles that move when it begins, and what compute asks for in it. */
import type { Routes } from "./routes.js";

/** The tile of one place moves. Words of the busiest instance, at each stop between the place above (0) and this one (last). */
export interface Move {
  isMoving: boolean;
  readonly down: Float64Array;
  readonly up: Float64Array;
  /** Whether some of the words that come are among those that just left. */
  returns: boolean;
}

/** The accesses of compute to one tensor; the same order of stops. */
export interface Access {
  readonly down: Float64Array;
  readonly up: Float64Array;
}

export interface Moves {
  /** By place. */
  readonly tiles: readonly Move[];
  /** By tensor. */
  readonly accesses: readonly Access[];
  steps: number;
  operations: number;
}

/** Takes phases, those that are alike together. The moves may be used again for the next ones. */
export interface Clock {
  phases(moves: Moves, count: number): void;
}

/** Phases that are alike, in a row of such. */
export interface RowPart {
  readonly moves: Moves;
  count: number;
}

export interface RowClock extends Clock {
  /** So many rows, each of these phases; the parts may be used again for the next ones. */
  rows(row: readonly RowPart[], count: number): void;
}

export function noMoves({ places, operands }: Routes): Moves {
  const words = ({ crossings }: { readonly crossings: readonly unknown[] }): Float64Array =>
    new Float64Array(crossings.length + 2);
  return {
    tiles: places.map(({ down, up }) => ({ isMoving: false, down: words(down), up: words(up), returns: false })),
    accesses: operands.map(({ down, up }) => ({ down: words(down), up: words(up) })),
    ...{ steps: 0, operations: 0 },
  };
}

/** No tile moves; what their words were is of no account. */
export function forgetTiles({ tiles }: Moves): void {
  for (let i = 0; i < tiles.length; i++) {
    const tile = tiles[i];
    if (tile === undefined || !tile.isMoving) continue;
    tile.isMoving = false;
    tile.returns = false;
  }
}

export function clearTiles({ tiles }: Moves): void {
  for (const tile of tiles) {
    tile.isMoving = false;
    tile.returns = false;
    tile.down.fill(0);
    tile.up.fill(0);
  }
}

export function clearAccesses(moves: Moves): void {
  for (const { down, up } of moves.accesses) {
    down.fill(0);
    up.fill(0);
  }
  moves.steps = 0;
  moves.operations = 0;
}
