import { type Diagnostic, didYouMean, type Location } from "../base/index.js";

/** Words of one tensor at a level that has too few. */
export interface Share {
  readonly name: string;
  readonly words: number;
}

const diagnostic = (code: string, at: Location, message: string, hint?: string): Diagnostic =>
  hint === undefined ? { code: `mapping/${code}`, message, at } : { code: `mapping/${code}`, message, at, hint };

const quoted = (name: string): string => JSON.stringify(name);
const listed = (shares: readonly Share[]): string => shares.map((s) => `${s.name} ${s.words}`).join(", ");

/** Every text that legality has for a user, so that wording is reviewed in one place. */
export const unknownName = (at: Location, what: string, name: string, known: readonly string[]): Diagnostic =>
  diagnostic(
    `unknown-${what.replace(" ", "-")}`,
    at,
    `there is no ${what} ${quoted(name)} here`,
    didYouMean(name, known),
  );

export const wrongKind = (at: Location, name: string, is: string, wanted: string): Diagnostic =>
  diagnostic("wrong-kind-of-level", at, `${quoted(name)} is a ${is}, a ${wanted} is needed here`);

export const badTile = (at: Location, variable: string, by: number): Diagnostic =>
  diagnostic("tile-not-positive", at, `"by" of the loop over ${variable} must be a positive whole number, got ${by}`);

export const tileTooLarge = (at: Location, variable: string, by: number, extent: number): Diagnostic =>
  diagnostic(
    "tile-over-extent",
    at,
    `the loop over ${variable} leaves tiles of ${by}, but only ${extent} is left above it`,
    `"by" is the extent below the loop: at most ${extent}`,
  );

export const notCovered = (at: Location, variable: string, extent: number): Diagnostic =>
  diagnostic(
    "not-covered",
    at,
    `${variable} is still ${extent} at compute, every variable must come down to 1`,
    `add {for: ${variable}, by: 1}`,
  );

export const emptyKeep = (at: Location): Diagnostic =>
  diagnostic("keeps-nothing", at, "this node keeps no tensor", "name at least one tensor, or remove the node");

export const keptTwice = (at: Location, tensor: string, level: string): Diagnostic =>
  diagnostic("kept-twice", at, `${tensor} is kept in ${level} already, further out`, "a level keeps a tensor once");

export const keptNowhere = (at: Location, tensor: string, outermost: string): Diagnostic =>
  diagnostic(
    "kept-nowhere",
    at,
    `${tensor} is kept nowhere`,
    `start with {keep: [${tensor}], in: ${outermost}}: the first node of a tensor is where it comes from`,
  );

export const notAboveLoops = (at: Location, tensor: string): Diagnostic =>
  diagnostic(
    "source-below-loop",
    at,
    `the first node that keeps ${tensor} stands below a loop`,
    "the first node of every tensor stands above all loops, it holds the whole tensor",
  );

export const mustKeep = (at: Location, tensor: string, level: string): Diagnostic =>
  diagnostic("must-keep", at, `${level} must keep ${tensor}`, `add {keep: [${tensor}], in: ${level}}`);

export const mayNotKeep = (at: Location, tensor: string, level: string): Diagnostic =>
  diagnostic(
    "must-bypass",
    at,
    `${level} may not keep ${tensor}, the architecture sends it past`,
    `take ${tensor} out of this node, or add it to keeps or mayKeep of ${level}`,
  );

export const levelOrder = (at: Location, level: string, above: string): Diagnostic =>
  diagnostic(
    "level-order",
    at,
    `a node in ${level} stands below one in ${above}, which is further in`,
    "keep nodes stand in the order of the levels, outermost first",
  );

export const spatialBelow = (at: Location, fanout: string, level: string): Diagnostic =>
  diagnostic(
    "spatial-too-deep",
    at,
    `a spatial loop on ${fanout} stands below a node in ${level}, which lies inside ${fanout}`,
    `move the loop above every node in ${level}`,
  );

export const spatialAbove = (at: Location, fanout: string, level: string): Diagnostic =>
  diagnostic(
    "spatial-too-high",
    at,
    `a spatial loop on ${fanout} stands above a node in ${level}, which lies outside ${fanout}`,
    `move the loop below every node in ${level}`,
  );

export const fanoutOrder = (at: Location, fanout: string, above: string): Diagnostic =>
  diagnostic(
    "fanout-order",
    at,
    `a spatial loop on ${fanout} stands below one on ${above}, which is further in`,
    "spatial loops stand in the order of their fan-outs, outermost first",
  );

export const noFanout = (at: Location): Diagnostic =>
  diagnostic(
    "no-fanout-here",
    at,
    "no fan-out lies between the nodes above and below this spatial loop",
    "move it between nodes of the levels around a fan-out",
  );

export const whichFanout = (at: Location, candidates: readonly string[]): Diagnostic =>
  diagnostic(
    "which-fanout",
    at,
    `this spatial loop could stand on ${candidates.join(" or ")}`,
    `say which: in: ${candidates[0]}`,
  );

export const fanoutTooSmall = (
  at: Location,
  fanout: string,
  axis: string,
  size: number,
  loops: readonly { readonly variable: string; readonly iterations: number }[],
): Diagnostic => {
  const needed = loops.reduce((n, l) => n * l.iterations, 1);
  const factors = loops.map((l) => `${l.variable} ${l.iterations}`).join(" × ");
  return diagnostic(
    "fanout-too-small",
    at,
    `${fanout} has ${size} along ${axis}, the loops need ${needed}: ${factors}`,
    `larger tiles ("by") or fewer spatial loops on ${axis}`,
  );
};

export const overCapacity = (
  at: Location,
  level: string,
  capacity: number,
  doubled: boolean,
  shares: readonly Share[],
): Diagnostic => {
  const needed = shares.reduce((n, s) => n + s.words, 0);
  const half = doubled ? " (half of it, for double buffering)" : "";
  const message =
    shares.length === 1
      ? `${shares[0]?.name} needs ${needed} words in ${level}, it has ${capacity}${half}`
      : `the tiles need ${needed} words in ${level}, it has ${capacity}${half}: ${listed(shares)}`;
  return diagnostic("over-capacity", at, message, "smaller tiles, or loops moved above this node");
};

export const tooLarge = (at: Location, what: string): Diagnostic =>
  diagnostic("counts-too-large", at, `${what} could pass 2^53, beyond which counts are not exact`, "smaller bounds");
