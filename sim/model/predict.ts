import { product } from "../../base/index.js";
import type { LegalMapping } from "../../mappings/index.js";
import { operationsOf } from "../../workloads/index.js";
import { type Counts, classesOf, type LevelCounts, type NetworkCounts, type TensorAccesses } from "../counts.js";
import { closedLink } from "./closed.js";
import { foldedLink } from "./folded.js";
import { instancesOf, rowsAtLevel } from "./instances.js";
import type { LinkCounts, ParentCounts } from "./link.js";
import type { Visits } from "./motion.js";
import { extentsAt, isPerfect, type Link, type Nest, nestOf } from "./nest.js";
import { operandLink } from "./operands.js";
import { lengthsOf } from "./projection.js";
import { timesOf } from "./ranges.js";
import type { RowClasses } from "./rows.js";
import { beginningOf } from "./starts.js";

export interface PredictOptions {
  /** How the visits of a tile are counted; `executed` unless given. The others know no short last tiles: they take loops at their full counts. */
  readonly visits?: Visits;
}

/** Counts every access of a legal mapping by formula (docs/semantics.md). */
export function predict(mapping: LegalMapping, options: PredictOptions = {}): Counts {
  const nest = nestOf(mapping);
  const visits = options.visits ?? "executed";
  const chains = nest.chains.map((links) => links.map((link) => countedLink(nest, link, visits)));
  const storages = mapping.architecture.levels.flatMap((level, i) => (level.kind === "storage" ? [i] : []));
  const variables = nest.einsum.variables.map((_, v) => v);
  return {
    macs: product(nest.einsum.bounds),
    steps: product(variables.map((v) => stepsOf(nest, v))),
    ...(nest.einsum.operation.after === null ? {} : { posts: operationsOf(nest.einsum).posts }),
    computeInstances: product(variables.map((v) => working(nest.ranges.rowsAt(v, nest.loops.length, false)))),
    levels: storages.map((level) => levelCounts(nest, chains, level)),
    networks: networkCounts(nest, chains),
  };
}

interface CountedLink {
  readonly link: Link;
  readonly counts: LinkCounts;
}
type Chains = readonly (readonly CountedLink[])[];

/** Every parent is asked for twice, by its level and by the networks below it. */
function countedLink(nest: Nest, link: Link, visits: Visits): CountedLink {
  const { atParent, atChild } = countsOf(nest, link, visits);
  const known = new Map<string, ParentCounts>();
  const once = (rows: readonly number[]): ParentCounts => {
    const name = rows.join();
    const counts = known.get(name) ?? atParent(rows);
    known.set(name, counts);
    return counts;
  };
  return { link, counts: { atParent: once, atChild } };
}

/** The counts of one link, by the path that is exact for it and costs least. */
export function countsOf(nest: Nest, link: Link, visits: Visits): LinkCounts {
  if (beginningOf(nest, link).length > 0) return operandLink(nest, link);
  const isPlain = isPerfect(nest, link.child.depth);
  if (isPlain || visits !== "executed") return closedLink(nest, link, visits);
  return link.kind === "compute" ? operandLink(nest, link) : foldedLink(nest, link);
}

function levelCounts(nest: Nest, chains: Chains, level: number): LevelCounts {
  const rows = rowsAtLevel(nest, level);
  const kept = chains.flatMap((links) => {
    const down = links.find(({ link }) => link.parent.level === level);
    const above = links.find(({ link }) => link.kind === "storage" && link.child.level === level);
    return down === undefined ? [] : [{ down, above }];
  });
  const tiles = kept.map(({ down: { link } }) => ({
    tensor: link.tensor,
    words: product(lengthsOf(link.projection, extentsAt(nest, link.parent.depth))),
  }));
  const utilizedInstances = product(rows.map(working));
  if (kept.length === 0) return { level, utilizedInstances, tiles, classes: [] };
  const classes = instancesOf(rows).map(({ rows: own, instances }) => ({
    instances,
    tensors: kept.map(({ down, above }): TensorAccesses => {
      const { reads, updates } = down.counts.atParent(own);
      const { fills, drains } = above?.counts.atChild(own) ?? { fills: 0, drains: 0 };
      return { tensor: down.link.tensor, fills, reads, updates, drains };
    }),
  }));
  return { level, utilizedInstances, tiles, classes: classesOf(classes) };
}

function networkCounts(nest: Nest, chains: Chains): readonly NetworkCounts[] {
  const hops = new Map(nest.architecture.levels.flatMap((level, i) => (level.kind === "fanout" ? [[i, 0]] : [])));
  for (const { link, counts } of chains.flat()) {
    if (link.fanouts.length === 0) continue;
    for (const { rows, instances } of instancesOf(rowsAtLevel(nest, link.parent.level)))
      counts.atParent(rows).hops.forEach((words, i) => {
        const fanout = link.fanouts[i] ?? -1;
        hops.set(fanout, (hops.get(fanout) ?? 0) + instances * words);
      });
  }
  return [...hops].map(([level, words]) => ({ level, hops: words }));
}

const working = ({ classes }: RowClasses): number => classes.reduce((n, kind) => n + kind.rows, 0);

function stepsOf(nest: Nest, variable: number): number {
  let steps = 0;
  for (const times of timesOf(nest.ranges.trackAt(variable, nest.loops.length)).values()) steps += times;
  return steps;
}
