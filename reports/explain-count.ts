import type { LegalMapping } from "../mappings/index.js";
import { type Chain, derive, type Question, type Reason, type Role, type Step } from "../sim/model/index.js";
import type { ExplainedStep, ExplainedSummand, Explanation } from "./explanation.js";
import { count } from "./numbers.js";

/** Derives one count of the model, loop by loop; null where the mapping does not keep the tensor at the level. */
export function explainCount(legal: LegalMapping, question: Question): Explanation | null {
  const derivation = derive(legal, question);
  if (derivation === null) return null;
  const { level, tensor } = namesIn(legal, question);
  const about: About = { legal, question, level, tensor };
  return {
    count: `${level}.${tensor}.${question.count}`,
    says: MEANINGS[question.count](level, tensor),
    unit: "words",
    value: derivation.value,
    combine: "sum",
    summands: derivation.summands.map(({ sign, role, instances, chain }): ExplainedSummand => {
      const start = { says: startSays(chain, about), value: chain.start };
      const steps = chain.steps.map((step) => stepOf(step, about, role));
      return { says: roleSays(role, about), sign, instances, value: chain.value, start, steps };
    }),
  };
}

interface About {
  readonly legal: LegalMapping;
  readonly question: Question;
  readonly level: string;
  readonly tensor: string;
}

function namesIn(
  { layer, architecture }: LegalMapping,
  { level, tensor }: Question,
): { level: string; tensor: string } {
  return { level: architecture.levels[level]?.name ?? "", tensor: layer.einsum.tensors[tensor]?.name ?? "" };
}

const MEANINGS: Readonly<Record<Question["count"], (level: string, tensor: string) => string>> = {
  fills: (level, tensor) => `words of ${tensor} written into ${level} from above`,
  reads: (level, tensor) => `words of ${tensor} read out of ${level} for what is below`,
  updates: (level, tensor) => `words of ${tensor} written into ${level} from below`,
  drains: (level, tensor) => `words of ${tensor} read out of ${level} for what is above`,
};

/** The level whose tiles move: the one asked about, or the next below that keeps the tensor. */
function movingLevel({ legal, question }: About): string {
  const { level, tensor, count: what } = question;
  const kept = legal.nodes.flatMap((node) => (node.kind === "keep" && node.tensor === tensor ? [node.level] : []));
  const isOwn = what === "fills" || what === "drains";
  const moving = isOwn ? level : kept.find((one) => one > level);
  return legal.architecture.levels[moving ?? -1]?.name ?? legal.architecture.levels.at(-1)?.name ?? "";
}

function roleSays(role: Role, about: About): string {
  const { tensor, level, question } = about;
  const below = movingLevel(about);
  const own = below === level;
  switch (role) {
    case "moved": {
      const verb = question.count === "drains" || question.count === "updates" ? "gives back" : "asks for";
      return `${tensor} that ${own ? `one ${level}` : `what is below one ${level}`} ${verb}`;
    }
    case "first":
      return `words of ${tensor} that a ${below} holds for the first time: they start from the reduction's identity`;
    case "shared":
      return `${tensor} that several ${below} move at once: one access of ${level} serves them all`;
    case "operands":
      return `one word of ${tensor} an operation`;
    case "touched":
      return `words of ${tensor} that an operation touches for the first time: no old value is read`;
  }
}

function startSays({ from }: Chain, about: About): string {
  const { tensor } = about;
  if (from === "word") return `one word of ${tensor}`;
  return from === "tile" ? `tile of ${tensor} in ${movingLevel(about)}` : "counted by itself";
}

function stepOf(step: Step, about: About, role: Role): ExplainedStep {
  const { loops, times, less, value } = step;
  return {
    loops: loops.map((loop) => loopText(about.legal, loop)),
    says: reasonSays(step, about, role),
    times,
    less,
    value,
  };
}

const WORDS: Readonly<Record<Exclude<Reason, "slides">, (tensor: string) => string>> = {
  still: (tensor) => `the same words of ${tensor}`,
  anew: () => "whole tiles anew each time",
  short: () => "the last tiles are shorter",
  edge: () => "some words are kept from the tile before, or lie beyond an edge",
  own: () => "other words each time",
  overlap: () => "the words overlap: each counts once",
  asks: () => "every operation asks anew",
  multicast: () => "all along it ask for the same: one read serves them",
  reduced: () => "all along it deliver the same word: one update",
  apart: () => "one access each",
};

function reasonSays({ reason, times, less }: Step, { tensor }: About, role: Role): string {
  if (reason === "edge" && less < 0) return "later tiles reach further inside: the first was cut off";
  if (reason !== "slides") return WORDS[role === "first" && reason === "edge" ? "overlap" : reason](tensor);
  return `${count(times - 1)} of ${count(times)} keep ${count(less / (times - 1))} words of the tile before`;
}

/** A loop as the drawing shows it: `for q in 0..56 by 14`. `index` counts loops only. */
export function loopText({ nodes, layer }: LegalMapping, index: number): string {
  const loop = nodes.filter((node) => node.kind !== "keep")[index];
  if (loop === undefined) throw new Error(`no loop ${index}`);
  const kind = loop.kind === "for" ? "for" : `spatial-${loop.axis}`;
  const by = loop.by > 1 ? ` by ${loop.by}` : "";
  return `${kind} ${layer.einsum.variables[loop.variable]} in 0..${loop.extent}${by}`;
}
