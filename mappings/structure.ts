import type { Architecture } from "../arch-specs/index.js";
import type { Diagnostic, Location } from "../base/index.js";
import type { Einsum } from "../workloads/index.js";
import * as messages from "./messages.js";
import type { Draft } from "./resolve.js";
import { levelAt, policyOf } from "./tensors.js";

type At = (nodeIndex: number) => Location;

/** Where keep nodes and spatial loops stand relative to each other (docs/adr/0001), and what the architecture wants kept. */
export function checkStructure(
  drafts: readonly Draft[],
  einsum: Einsum,
  architecture: Architecture,
  at: At,
): readonly Diagnostic[] {
  return [
    ...keptOnce(drafts, einsum, architecture, at),
    ...sources(drafts, einsum, architecture, at),
    ...policies(drafts, einsum, architecture, at),
    ...levelOrder(drafts, architecture, at),
    ...spatialPlaces(drafts, architecture, at),
  ];
}

const nameOf = (einsum: Einsum, tensor: number): string => einsum.tensors[tensor]?.name ?? String(tensor);

function keptOnce(drafts: readonly Draft[], einsum: Einsum, architecture: Architecture, at: At): Diagnostic[] {
  const seen = new Set<string>();
  return drafts.flatMap((draft) => {
    if (draft.kind !== "keep") return [];
    const key = `${draft.tensor} ${draft.level}`;
    const twice = seen.has(key);
    seen.add(key);
    const level = levelAt(architecture, draft.level).name;
    return twice ? [messages.keptTwice(at(draft.source), nameOf(einsum, draft.tensor), level)] : [];
  });
}

/** Every tensor has a first node, and it stands above all loops. */
function sources(drafts: readonly Draft[], einsum: Einsum, architecture: Architecture, at: At): Diagnostic[] {
  const firstLoop = drafts.findIndex((draft) => draft.kind !== "keep");
  const outermost = architecture.levels.find((level) => level.kind === "storage")?.name ?? "";
  return einsum.tensors.flatMap((tensor, t) => {
    const first = drafts.findIndex((draft) => draft.kind === "keep" && draft.tensor === t);
    const node = drafts[first];
    if (node === undefined) return [messages.keptNowhere(at(-1), tensor.name, outermost)];
    return firstLoop >= 0 && first > firstLoop ? [messages.notAboveLoops(at(node.source), tensor.name)] : [];
  });
}

function policies(drafts: readonly Draft[], einsum: Einsum, architecture: Architecture, at: At): Diagnostic[] {
  return architecture.levels.flatMap((level, i) => {
    if (level.kind !== "storage") return [];
    return einsum.tensors.flatMap((tensor, t) => {
      const node = drafts.find((draft) => draft.kind === "keep" && draft.level === i && draft.tensor === t);
      const policy = policyOf(level, tensor);
      if (node === undefined && policy === "must") return [messages.mustKeep(at(-1), tensor.name, level.name)];
      if (node !== undefined && policy === "never")
        return [messages.mayNotKeep(at(node.source), tensor.name, level.name)];
      return [];
    });
  });
}

function levelOrder(drafts: readonly Draft[], architecture: Architecture, at: At): Diagnostic[] {
  const problems: Diagnostic[] = [];
  let deepest = -1;
  let told = -1;
  for (const draft of drafts) {
    if (draft.kind !== "keep") continue;
    if (draft.level >= deepest) deepest = draft.level;
    else if (told !== draft.source) {
      told = draft.source;
      const [level, above] = [levelAt(architecture, draft.level).name, levelAt(architecture, deepest).name];
      problems.push(messages.levelOrder(at(draft.source), level, above));
    }
  }
  return problems;
}

/** Spatial loops stand between the nodes outside and the nodes inside their fan-out, and in the order of the fan-outs. */
function spatialPlaces(drafts: readonly Draft[], architecture: Architecture, at: At): Diagnostic[] {
  return drafts.flatMap((loop, i) => {
    if (loop.kind !== "spatial") return [];
    const fanout = levelAt(architecture, loop.fanout).name;
    const problems: Diagnostic[] = [];
    const deeper = drafts.slice(0, i).find((d) => d.kind === "keep" && d.level > loop.fanout);
    if (deeper?.kind === "keep")
      problems.push(messages.spatialBelow(at(loop.source), fanout, levelAt(architecture, deeper.level).name));
    const higher = drafts.slice(i + 1).find((d) => d.kind === "keep" && d.level < loop.fanout);
    if (higher?.kind === "keep")
      problems.push(messages.spatialAbove(at(loop.source), fanout, levelAt(architecture, higher.level).name));
    const inner = drafts.slice(0, i).find((d) => d.kind === "spatial" && d.fanout > loop.fanout);
    if (inner?.kind === "spatial")
      problems.push(messages.fanoutOrder(at(loop.source), fanout, levelAt(architecture, inner.fanout).name));
    return problems;
  });
}
