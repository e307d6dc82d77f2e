/** The compute instances, and how they see each tensor. */
import { at, instancesAt, type Nest, stagesOf } from "../nest.js";
import { type Block, stepsAlong } from "./block.js";
import { dot, translationsOf } from "./deltas.js";
import { InsideCounter } from "./inside.js";
import {
  behaviourOf,
  type Cohort,
  cohortsOf,
  type Instances,
  instancesOf,
  type Laid,
  type Node,
  parentOf,
} from "./stages.js";

/** Compute instances that work in the same steps. */
export interface ComputeCohort {
  readonly index: number;
  readonly first: number;
  readonly count: number;
  readonly sample: Int32Array;
}

/** One tensor as compute sees it. */
export interface Port {
  readonly laid: Laid;
  /** The last node of the tensor. */
  readonly holder: Node;
  readonly instances: Instances;
  /** How far the block's loops move the word, axis by axis. */
  readonly steps: readonly (readonly number[])[];
  /** The same in the holder's buffer, in bytes. */
  readonly byteSteps: readonly number[];
  readonly inside: InsideCounter;
  /** Bytes from the address 0 of a box whose low corner is 0 to the word at loop indices 0. */
  readonly origin: number;
  /** The loops outside the block that move the word, and by how many bytes an iteration does. */
  readonly moving: readonly { readonly position: number; readonly bytes: number }[];
  /** By position of a loop outside the block: how far the holders' box goes, in bytes, when that loop moves on, in an even nest. */
  readonly boxSteps: readonly number[];
  /** The same three for numbers in the whole box, by which output words are marked. */
  readonly markOrigin: number;
  readonly marking: Port["moving"];
  readonly markSteps: readonly number[];
  /** For each cohort, that of the holders. */
  readonly holders: readonly Cohort[];
  /** For each cohort, where its instances' words lie relative to the word of an instance with offset 0: numbers in the whole box. */
  readonly spread: readonly (readonly number[])[];
}

export interface ComputeLayout {
  readonly cohorts: readonly ComputeCohort[];
  readonly ports: readonly Port[];
}

/** The compute instances in the order of their cohorts, and how they see each tensor. */
export function computeLayout(nest: Nest, block: Block, lasts: readonly Node[]): ComputeLayout {
  const end = nest.mapping.nodes.length;
  const behaviour = behaviourOf(nest, end, new Set(nest.einsum.variables.keys()));
  const holderOf = (holder: Node, indices: Int32Array): number => at(holder.cohortOf, parentOf(holder, indices));
  const grouped = cohortsOf(
    instancesAt(nest.mapping, nest.loops, end),
    (indices) => `${behaviour(indices)} ${lasts.map((holder) => holderOf(holder, indices)).join()}`,
  );
  const cohorts = grouped.map(({ first, members }, index) => ({
    ...{ index, first, count: members.length, sample: at(members, 0) },
  }));
  const indices = grouped.flatMap(({ members }) => members);
  const ports = lasts.map((holder): Port => {
    const { laid } = holder;
    const stage = at(stagesOf(nest.mapping, laid.t), stagesOf(nest.mapping, laid.t).length - 1);
    const instances = instancesOf(nest, laid, stage, indices, holder);
    const steps = block.loops.map((loop) => {
      const along = stepsAlong(nest, laid.t, loop);
      return laid.axisOrder.map((axis) => at(along, axis));
    });
    const { touched } = at(holder.cohorts, 0);
    const inSteps = (strides: readonly number[]): readonly number[] =>
      steps.map((along) => along.reduce((n, step, axis) => n + step * at(strides, axis), 0));
    const originIn = (strides: readonly number[]): number =>
      laid.ranks.reduce((n, { offset }, axis) => n + offset * at(strides, axis), 0);
    return {
      ...{ laid, holder, instances, steps },
      byteSteps: inSteps(holder.strides),
      origin: originIn(holder.strides),
      moving: movingLoops(nest, block, laid, holder.strides),
      boxSteps: translationsOf(nest, laid, holder.stage.position).map((move) =>
        move === null ? 0 : dot(move, holder.strides),
      ),
      markSteps: inSteps(touched.strides),
      markOrigin: originIn(touched.strides) + touched.numberOf(laid.ranks.map(() => 0)),
      marking: movingLoops(nest, block, laid, touched.strides),
      inside: new InsideCounter(steps, laid.shape),
      holders: cohorts.map(({ sample }) => at(holder.cohorts, holderOf(holder, sample))),
      spread: cohorts.map(({ first, count }) => spreadOf(instances, holder, first, count)),
    };
  });
  return { cohorts, ports };
}

function movingLoops(nest: Nest, block: Block, laid: Laid, strides: readonly number[]): Port["moving"] {
  return nest.loops.flatMap(({ loop, position, iterations }) => {
    if (loop.kind === "spatial" || position >= block.position || iterations === 1) return [];
    const bytes = laid.ranks.reduce((n, { terms }, axis) => {
      const term = terms.find(({ variable }) => variable === loop.variable);
      return n + (term === undefined ? 0 : term.coefficient * loop.by * at(strides, axis));
    }, 0);
    return bytes === 0 ? [] : [{ position, bytes }];
  });
}

function spreadOf(instances: Instances, holder: Node, first: number, count: number): readonly number[] {
  if (instances.laid.tensor.role === "input") return [];
  const { strides } = at(holder.cohorts, 0).touched;
  const spread = new Set<number>();
  for (let i = first; i < first + count; i++)
    spread.add(relativeOffset(instances, holder, i).reduce((n, x, axis) => n + x * at(strides, axis), 0));
  return [...spread];
}

/** Where the word of an instance stands in the box of its holder, compared with instances of offset 0. */
export function relativeOffset(instances: Instances, holder: Node, i: number): readonly number[] {
  const rank = instances.laid.ranks.length;
  const parent = at(instances.parents, i);
  return instances.laid.ranks.map(
    (_, axis) => at(instances.offsets, i * rank + axis) - at(holder.offsets, parent * rank + axis),
  );
}
