import { energyParts, IDLE } from "../../layer-text.js";
import { furtherColours, tensorColour } from "../palette.js";
import { distinct, type Run } from "../study.js";

/** A piece of a run's energy: which part of the chip, and moving which tensor. */
export interface Piece {
  readonly part: string;
  readonly tensor: string;
  readonly pJ: number;
}

/** What is no tensor's alone. */
export const OPERATIONS = "operations";
export const OVERHEAD = "networks, leakage";

/** A run's energy taken apart; the pieces add up to `energy_pJ`. */
export function piecesOf({ result }: Run): readonly Piece[] {
  const levels = new Map(result.levels.map((level) => [level.name, level]));
  return energyParts(result).flatMap(({ name, pJ }): readonly Piece[] => {
    const level = levels.get(name);
    if (level === undefined) {
      const tensor = name === COMPUTE ? OPERATIONS : OVERHEAD;
      return [{ part: name.endsWith(IDLE) ? IDLE_UNITS : name, tensor, pJ }];
    }
    const tensors = Object.entries(level.tensors).map(([tensor, t]) => ({ part: name, tensor, pJ: t.energy_pJ }));
    const rest = pJ - tensors.reduce((sum, piece) => sum + piece.pJ, 0);
    // Sums of floats that differ by rounding alone are equal.
    return Math.abs(rest) <= 1e-9 * pJ ? tensors : [...tensors, { part: name, tensor: OVERHEAD, pJ: rest }];
  });
}

/** The parts of all runs, outermost first, compute last but for what idles. */
export function partsOf(runs: readonly Run[]): readonly string[] {
  const names = distinct(runs.flatMap((run) => commonPieces(runs, run).map(({ part }) => part)));
  const last = names.includes(IDLE_UNITS) ? [COMPUTE, IDLE_UNITS] : [COMPUTE];
  return [...names.filter((name) => !last.includes(name)), ...last];
}

/**
 * The pieces of a run under names that all runs share: on one architecture the names of its levels; on several, what their levels are
 * to the chip (outermost memory, buffers, innermost storage, networks, compute), so that chips can be compared.
 */
export function commonPieces(runs: readonly Run[], run: Run): readonly Piece[] {
  const pieces = piecesOf(run);
  if (distinct(runs.map(({ result }) => result.architecture)).length < 2) return pieces;
  const outermost = distinct(runs.map(({ result }) => result.levels[0]?.name ?? ""));
  const levels = run.result.levels.map(({ name }) => name);
  const roleOf = (part: string): string => {
    const place = levels.indexOf(part);
    if (part === COMPUTE) return COMPUTE;
    if (place < 0) return part === IDLE_UNITS ? part : "networks";
    if (place === 0) return outermost.length === 1 ? part : "outermost memory";
    return place === levels.length - 1 ? "innermost storage" : "buffers";
  };
  const order = [roleOf(levels[0] ?? ""), "buffers", "networks", "innermost storage", COMPUTE, IDLE_UNITS];
  return pieces
    .map((piece) => ({ ...piece, part: roleOf(piece.part) }))
    .sort((a, b) => order.indexOf(a.part) - order.indexOf(b.part));
}

const COMPUTE = "compute";
/** Units without work, which only leak: a vector unit, or the array beside one that works. */
const IDLE_UNITS = "idle units";

/** The tensors of all runs with their colours: operands by their place, then what is no tensor's. */
export function tensorsOf(runs: readonly Run[]): ReadonlyMap<string, string> {
  const colours = new Map<string, string>();
  for (const { legal } of runs) {
    legal?.layer.einsum.tensors.forEach(({ name, role }, place) => {
      if (!colours.has(name)) colours.set(name, freeColour(tensorColour(role, place), colours));
    });
  }
  // A vector unit has no mapping to ask: what nobody else has is a further input.
  const held = distinct(runs.flatMap(({ result }) => result.levels.flatMap(({ tensors }) => Object.keys(tensors))));
  for (const name of held) if (!colours.has(name)) colours.set(name, freeColour(tensorColour("input", 2), colours));
  const present = new Set(runs.flatMap((run) => piecesOf(run).map(({ tensor }) => tensor)));
  colours.set(OPERATIONS, "var(--grey-1)");
  colours.set(OVERHEAD, "var(--grey-2)");
  return new Map([...colours].filter(([name]) => present.has(name)));
}

/** The colour of a tensor's place, unless another tensor of the study has it; then the first that nobody has. */
function freeColour(wanted: string, taken: ReadonlyMap<string, string>): string {
  const used = new Set(taken.values());
  return [wanted, ...furtherColours].find((colour) => !used.has(colour)) ?? wanted;
}

/** Sums by a key, in the order in which keys come. */
export function sumsBy<T>(
  items: readonly T[],
  key: (item: T) => string,
  of: (item: T) => number,
): ReadonlyMap<string, number> {
  const sums = new Map<string, number>();
  for (const item of items) sums.set(key(item), (sums.get(key(item)) ?? 0) + of(item));
  return sums;
}
