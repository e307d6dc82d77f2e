import { describe, type Located, type LocatedEntry, type Location } from "../../base/index.js";
import type { Reader } from "./reader.js";

/** The iterations of one loop; `last` those of its very last visit (imperfect tiling, `M4,3`). 0: whatever is left. */
export interface Factor {
  readonly dimension: string;
  readonly end: number;
  readonly last: number;
  readonly at: Location;
}
/** The loops that one directive puts at one target. */
export interface LoopDirective {
  readonly kind: "temporal" | "spatial";
  readonly factors: readonly Factor[];
  /** Innermost first, as written. */
  readonly permutation: readonly string[];
  /** How many of the permutation lie along x, the rest along y. */
  readonly split: number;
  readonly at: Location;
}
export interface Directives {
  readonly loops: ReadonlyMap<string, LoopDirective>;
  /** Per target: tensors that must stay, and that pass by. */
  readonly keep: ReadonlyMap<
    string,
    { readonly keep: ReadonlySet<string>; readonly bypass: ReadonlySet<string>; readonly at: Location }
  >;
  readonly unshared: ReadonlyMap<string, ReadonlySet<string>>;
  readonly unlinked: ReadonlyMap<string, ReadonlySet<string>>;
  readonly at: Location;
}
/** Under which key the loops of a target are kept. */
export const loopKey = (kind: "temporal" | "spatial", target: string): string => `${kind} ${target}`;

const KEEP_TYPES = ["bypass", "datatype", "dataspace", "dataspaces", "datatypes"];
const LOOP_KEYS = ["target", "type", "factors", "permutation", "split", "name"];
const UNSHARED = ["no_multicast_no_reduction", "no_reuse"];
const UNLINKED = ["no_link_transfer", "no_reuse"];

interface Draft {
  readonly loops: Map<string, LoopDirective>;
  readonly keep: Map<string, { keep: ReadonlySet<string>; bypass: ReadonlySet<string>; at: Location }>;
  readonly unshared: Map<string, ReadonlySet<string>>;
  readonly unlinked: Map<string, ReadonlySet<string>>;
}

/** Reads the list of directives under `mapping:`. Targets are names, or numbers of storages, innermost 0. */
export function readDirectives(
  node: Located,
  dimensions: readonly string[],
  tensors: readonly string[],
  storagesInnermostFirst: readonly string[],
  reader: Reader,
): Directives {
  const draft: Draft = { loops: new Map(), keep: new Map(), unshared: new Map(), unlinked: new Map() };
  for (const item of reader.list(node, "mapping")) {
    const entries = reader.map(item, "each directive");
    const written = reader.name(entries.get("target")?.value, item.at, "the target of a directive");
    const target = /^\d+$/.test(written) ? (storagesInnermostFirst[Number(written)] ?? written) : written;
    const type = reader.name(entries.get("type")?.value, item.at, "the type of a directive");
    if (type === "temporal" || type === "spatial")
      readLoops(type, target, item, entries, dimensions, tensors, draft, reader);
    else if (KEEP_TYPES.includes(type)) readKeep(target, item, entries, tensors, draft, reader);
    else if (type === "skew") reader.report("skew", item.at, "skewed loops are not modelled");
    else if (type !== "") {
      const at = entries.get("type")?.value.at ?? item.at;
      reader.unknown("unknown-type", at, "type of directive", type, [
        "temporal",
        "spatial",
        "bypass",
        "datatype",
        "dataspace",
      ]);
    }
  }
  return { ...draft, at: node.at };
}

function readLoops(
  kind: "temporal" | "spatial",
  target: string,
  item: Located,
  entries: ReadonlyMap<string, LocatedEntry>,
  dimensions: readonly string[],
  tensors: readonly string[],
  draft: Draft,
  reader: Reader,
): void {
  const key = loopKey(kind, target);
  if (draft.loops.has(key)) reader.report("repeated-directive", item.at, `${target} has two ${kind} directives`);
  const splitNode = entries.get("split")?.value;
  const split = splitNode === undefined ? null : reader.number(splitNode, "split");
  if (split !== null && !(Number.isInteger(split) && split >= 0))
    reader.report(
      "split",
      splitNode?.at ?? item.at,
      "split must be a whole number, the dimensions of the permutation along x",
    );
  draft.loops.set(key, {
    kind,
    factors: readFactors(entries.get("factors")?.value, dimensions, reader),
    permutation: readPermutation(entries.get("permutation")?.value, dimensions, reader),
    split: split ?? dimensions.length,
    at: item.at,
  });
  const tensorsUnder = (keys: readonly string[]): ReadonlySet<string> =>
    new Set(keys.flatMap((name) => readTensors(entries.get(name)?.value, name, tensors, reader)));
  draft.unshared.set(target, new Set([...(draft.unshared.get(target) ?? []), ...tensorsUnder(UNSHARED)]));
  draft.unlinked.set(target, new Set([...(draft.unlinked.get(target) ?? []), ...tensorsUnder(UNLINKED)]));
  for (const [name, { key: at }] of entries) {
    if (LOOP_KEYS.includes(name) || UNSHARED.includes(name) || UNLINKED.includes(name)) continue;
    if (["no_temporal_reuse", "rmw_on_first_writeback", "no_iteration_over_dataspaces"].includes(name))
      reader.note(`${name} of ${target} is not modelled`);
    else
      reader.unknown("unknown-key", at, `key of a ${kind} directive`, name, [...LOOP_KEYS, ...UNSHARED, ...UNLINKED]);
  }
}

function readKeep(
  target: string,
  item: Located,
  entries: ReadonlyMap<string, LocatedEntry>,
  tensors: readonly string[],
  draft: Draft,
  reader: Reader,
): void {
  for (const [name, { key }] of entries) {
    if (["target", "type", "keep", "bypass", "name"].includes(name)) continue;
    if (["passthrough", "no_coalesce"].includes(name)) reader.note(`${name} of ${target} is not modelled`);
    else reader.unknown("unknown-key", key, "key of a bypass directive", name, ["target", "type", "keep", "bypass"]);
  }
  const keep = new Set(readTensors(entries.get("keep")?.value, "keep", tensors, reader));
  const bypass = new Set(readTensors(entries.get("bypass")?.value, "bypass", tensors, reader));
  for (const name of keep)
    if (bypass.has(name)) reader.report("keep-and-bypass", item.at, `${target} both keeps and bypasses ${name}`);
  draft.keep.set(target, { keep, bypass, at: item.at });
}

export function readTensors(
  node: Located | undefined,
  what: string,
  tensors: readonly string[],
  reader: Reader,
): readonly string[] {
  return reader.names(node, what).flatMap(({ name, at }) => {
    if (tensors.includes(name)) return [name];
    if (/^all$/i.test(name)) return tensors;
    reader.unknown("unknown-tensor", at, "data space", name, tensors);
    return [];
  });
}

const FACTOR = /^([A-Za-z_]\w*?)\s*=*\s*(\d+)(?:,(\d+))?(?=$|[\s,;]+)/;

/** `C=1 M=2`, `C1 M2`, `C=1,M=2`, `M4,3`, or a list of such. */
export function readFactors(
  node: Located | undefined,
  dimensions: readonly string[],
  reader: Reader,
): readonly Factor[] {
  if (node === undefined || (node.kind === "scalar" && node.value === null)) return [];
  const factors: Factor[] = [];
  const items = node.kind === "scalar" ? [node] : reader.list(node, "factors");
  for (const item of items) {
    if (item.kind !== "scalar" || item.value === null) {
      reader.report("factors", item.at, `factors must be text such as C=1 M=2, got ${describe(item)}`);
      continue;
    }
    let rest = String(item.value).split("#")[0]?.trim() ?? "";
    while (rest !== "") {
      const match = FACTOR.exec(rest);
      if (match === null) {
        reader.report(
          "factors",
          item.at,
          `cannot read the factor at ${JSON.stringify(rest.slice(0, 12))}`,
          "write C=1 M=2, or M=4,3 for tiles of 4 whose last is 3",
        );
        break;
      }
      rest = rest.slice(match[0].length).replace(/^[\s,;]+/, "");
      const name = match[1] ?? "";
      const end = Number(match[2]);
      const last = match[3] === undefined ? end : Number(match[3]);
      if (!dimensions.includes(name)) reader.unknown("unknown-dimension", item.at, "dimension", name, dimensions);
      else if (factors.some((f) => f.dimension === name))
        reader.report("repeated-factor", item.at, `${name} has two factors here`);
      else if (!Number.isSafeInteger(end) || last > end || (end > 0 && last < 1))
        reader.report("factors", item.at, `the last visit of ${name} cannot have ${last} of ${end} iterations`);
      else factors.push({ dimension: name, end, last, at: item.at });
    }
  }
  return factors;
}

/** `NKM` (one letter each), `N K M`, `N,K,M` or a list; innermost first. */
export function readPermutation(
  node: Located | undefined,
  dimensions: readonly string[],
  reader: Reader,
): readonly string[] {
  const order: string[] = [];
  for (const { name, at } of reader.names(node, "permutation")) {
    const parts = dimensions.includes(name) ? [name] : [...name];
    for (const part of parts) {
      if (!dimensions.includes(part)) reader.unknown("unknown-dimension", at, "dimension", part, dimensions);
      else if (order.includes(part)) reader.report("repeated-dimension", at, `${part} comes twice in the permutation`);
      else order.push(part);
    }
  }
  return order;
}
