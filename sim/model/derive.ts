import type { LegalMapping } from "../../mappings/index.js";
import { type Chain, ChainBuilder, type Derivation, type Question, type Summand } from "./derivation.js";
import { operandSummands } from "./derive-operands.js";
import { heldChain, kindsBelow, movedChain, parentSummands } from "./derive-tiles.js";
import { instancesOf, rowsAtLevel } from "./instances.js";
import { type Link, type Nest, nestOf } from "./nest.js";
import { predict } from "./predict.js";

/**
 * Derives one count of the model as the product that it is, loop by loop (docs/semantics.md). Null where the mapping does not keep
 * the tensor at the level. What the summands add up to is what `predict` counts, for every legal mapping.
 */
export function derive(mapping: LegalMapping, { level, tensor, count }: Question): Derivation | null {
  const nest = nestOf(mapping);
  const links = nest.chains[tensor] ?? [];
  const down = links.find((link) => link.parent.level === level);
  if (down === undefined) return null;
  const above = links.find((link) => link.kind === "storage" && link.child.level === level);
  const kinds = instancesOf(rowsAtLevel(nest, level));
  const below = kinds.reduce((n, { rows }) => n + (down.kind === "compute" ? 1 : kindsBelow(nest, down, rows)), 0);
  if (Math.max(below, kinds.length) > MOST_KINDS) return counted(mapping, { level, tensor, count });
  const summands = kinds.flatMap(({ rows, instances }): readonly Summand[] => {
    const own =
      count === "fills" || count === "drains"
        ? childSummands(nest, above, rows, count)
        : down.kind === "compute"
          ? operandSummands(nest, down, rows, count)
          : parentSummands(nest, down, rows, count);
    return own.map((summand) => ({ ...summand, instances: summand.instances * instances }));
  });
  return { value: sumOf(summands), summands: gathered(summands) };
}

/** Kinds of instances with chains of their own that are told apart; beyond, only their sum is told. */
const MOST_KINDS = 200;

/** Free padding may cut every instance's tiles in a way of its own: then the count stands by itself. */
function counted(mapping: LegalMapping, { level, tensor, count }: Question): Derivation {
  const classes = predict(mapping).levels.find((counts) => counts.level === level)?.classes ?? [];
  const value = classes.reduce(
    (sum, { instances, tensors }) => sum + instances * (tensors.find((t) => t.tensor === tensor)?.[count] ?? 0),
    0,
  );
  const chain = new ChainBuilder(value, "total").chain();
  return { value, summands: [{ sign: 1, role: "moved", instances: 1, chain }] };
}

/** The first node of a tensor has nothing above it; inputs are never given back. */
function childSummands(
  nest: Nest,
  above: Link | undefined,
  rows: readonly number[],
  count: "fills" | "drains",
): readonly Summand[] {
  if (above === undefined || (count === "drains" && above.role === "input")) return [];
  const moved: Summand = { sign: 1, role: "moved", instances: 1, chain: movedChain(nest, above, rows) };
  if (above.role === "input" || count === "drains") return [moved];
  return [moved, { sign: -1, role: "first", instances: 1, chain: heldChain(nest, above, rows) }];
}

const sumOf = (summands: readonly Summand[]): number =>
  summands.reduce((sum, { sign, instances, chain }) => sum + sign * instances * chain.value, 0);

/** Instances with the same chain stand together. */
function gathered(summands: readonly Summand[]): readonly Summand[] {
  const found = new Map<string, Summand>();
  for (const summand of summands) {
    const key = `${summand.sign} ${summand.role} ${nameOf(summand.chain)}`;
    const known = found.get(key);
    found.set(key, known === undefined ? summand : { ...known, instances: known.instances + summand.instances });
  }
  return [...found.values()].filter(({ chain }) => chain.value !== 0 || found.size === 1);
}

const nameOf = ({ start, steps }: Chain): string =>
  `${start} ${steps.map(({ loops, reason, times, less }) => `${loops} ${reason} ${times} ${less}`).join(";")}`;
