/**
 * What both witnesses deliver: the accesses of one executed mapping. Only the shape stands here, and the order in which
 * the parts are listed, so that the model's answer and the machine's can be compared with `deep.equal`.
 */
export interface Counts {
  /** Points of the iteration space, = products of the bounds; never depends on the mapping. */
  readonly macs: number;
  /** Temporal steps: iterations of the temporal loops, all spatial instances in lock-step. */
  readonly steps: number;
  /** Finished words that went through a post-step (an activation, a division) on their way out; absent where the layer has none. */
  readonly posts?: number;
  /** Compute instances that work in at least one step. */
  readonly computeInstances: number;
  /** One entry a storage level of the architecture, outermost first, unused ones included (with no classes). */
  readonly levels: readonly LevelCounts[];
  /** One entry a fan-out of the architecture, outermost first. */
  readonly networks: readonly NetworkCounts[];
}

export interface LevelCounts {
  /** Index into `architecture.levels`. */
  readonly level: number;
  /** Instances reached by the spatial loops above; 1 where there are none. */
  readonly utilizedInstances: number;
  /** Per kept tensor (ascending tensor number): the largest tile, in words, padding included. */
  readonly tiles: readonly { readonly tensor: number; readonly words: number }[];
  /** Instances grouped by equal accesses, in the order of `compareAccesses`. */
  readonly classes: readonly InstanceClass[];
}

export interface InstanceClass {
  readonly instances: number;
  /** Per kept tensor, ascending tensor number. Of ONE instance. */
  readonly tensors: readonly TensorAccesses[];
}

/** Words moved at one instance of one level for one tensor. */
export interface TensorAccesses {
  readonly tensor: number;
  /** Written from above. */
  readonly fills: number;
  /** Read out to below. */
  readonly reads: number;
  /** Written from below. */
  readonly updates: number;
  /** Read out to above. */
  readonly drains: number;
}

export interface NetworkCounts {
  /** Index into `architecture.levels`. */
  readonly level: number;
  /** Words that crossed a link of this fan-out, downwards and upwards together. */
  readonly hops: number;
}

/** What both witnesses deliver of an Einsum on a vector unit. */
export interface VectorCounts {
  /** Combinations and reductions. */
  readonly operations: number;
  /** Post-steps on finished words. */
  readonly posts: number;
  /** The storage that backs all tensors and, where that is another, the one that the unit works at; ascending. */
  readonly levels: readonly { readonly level: number; readonly tensors: readonly TensorAccesses[] }[];
}

/** Groups equal instances and lists the groups in a canonical order. */
export function classesOf(
  instances: Iterable<{ readonly instances: number; readonly tensors: readonly TensorAccesses[] }>,
): readonly InstanceClass[] {
  const grouped = new Map<string, { instances: number; tensors: readonly TensorAccesses[] }>();
  for (const { instances: number_, tensors } of instances) {
    const key = tensors.map((t) => `${t.tensor}:${t.fills},${t.reads},${t.updates},${t.drains}`).join(";");
    const known = grouped.get(key);
    if (known === undefined) grouped.set(key, { instances: number_, tensors });
    else known.instances += number_;
  }
  return [...grouped.entries()].sort(([a], [b]) => (a < b ? -1 : a > b ? 1 : 0)).map(([, group]) => group);
}
