/**
 * A vector unit executes an Einsum: output words one after the other, each with its reduction in a register of the unit.
 * ```
 * copy every input into the unit's storage                        (where that is not the backing one)
 * for each point of the output's variables
 *   register = start[…], or the identity
 *   for each point of the other variables
 *     register = reduce(register, combine(inputs[…]))             read a word of every input
 *   O[…] = register
 * finish every word of the output, and copy it out
 * ```
 * Every read is counted as it is made, copies by their length.
 */
import type { VectorUnit } from "../../arch-specs/index.js";
import type { Einsum, Values } from "../../workloads/index.js";
import type { TensorAccesses, VectorCounts } from "../counts.js";
import { type Arithmetic, arithmeticOf } from "./arithmetic.js";
import { at, wholeBox } from "./nest.js";
import {
  finishedOutput,
  operandsOf,
  type Placed,
  placeInput,
  placeOutput,
  reducedVariables,
  rowMajor,
  skipsOutside,
  startOf,
} from "./tensors.js";

export interface VectorExecution {
  readonly counts: VectorCounts;
  readonly output: Values;
}

/** Runs an Einsum that is word by word (`isWordByWord`) on a vector unit, on real values. */
export function executeVector(einsum: Einsum, unit: VectorUnit, inputs: readonly Values[]): VectorExecution {
  const run = new VectorRun(einsum, inputs);
  run.along(0);
  const output = finishedOutput(einsum, at(run.placed, einsum.tensors.length - 1));
  const { after } = einsum.operation;
  const own = einsum.tensors.map(({ role }, tensor): TensorAccesses => {
    const copied = role === "input" ? at(inputs, tensor).length : output.length;
    if (role === "output") return { tensor, fills: 0, reads: 0, updates: output.length, drains: copied };
    return { tensor, fills: copied, reads: run.reads[tensor]!, updates: 0, drains: 0 };
  });
  const counts: VectorCounts = {
    operations: run.operations,
    posts: after === null ? 0 : output.length,
    levels:
      unit.level === 0
        ? [{ level: 0, tensors: own.map(standing) }]
        : [
            { level: 0, tensors: own.map(copiedFrom) },
            { level: unit.level, tensors: own },
          ],
  };
  return { counts, output };
}

/** At the backing storage itself nothing is copied in or out. */
const standing = (accesses: TensorAccesses): TensorAccesses => ({ ...accesses, fills: 0, drains: 0 });

/** What the copies do at the backing storage. */
const copiedFrom = ({ tensor, fills, drains }: TensorAccesses): TensorAccesses => ({
  ...{ tensor, fills: 0, reads: fills, updates: drains, drains: 0 },
});

class VectorRun {
  readonly einsum: Einsum;
  readonly arithmetic: Arithmetic;
  readonly placed: readonly Placed[];
  /** Of each tensor. */
  readonly reads: Float64Array;
  operations = 0;
  /** The output's variables, then the others. */
  readonly order: readonly number[];
  readonly outer: number;
  /** By tensor, then by depth: how far an iteration moves its word. */
  readonly moves: readonly Int32Array[];
  readonly at: Int32Array;
  readonly point: Int32Array;
  readonly operands: readonly number[];
  readonly start: number;
  /** Operands whose box goes beyond the tensor: whether a point is inside is asked only of these. */
  readonly leaving: readonly number[];
  readonly values: number[];
  readonly skips: boolean;
  readonly isFree: boolean;
  readonly passes: boolean;
  register = 0;

  constructor(einsum: Einsum, inputs: readonly Values[]) {
    this.einsum = einsum;
    this.arithmetic = arithmeticOf(einsum);
    this.placed = einsum.tensors.map((tensor, t) => {
      const placed = rowMajor(einsum, t);
      if (tensor.role === "input") placeInput(einsum, t, inputs, placed);
      else placeOutput(einsum, placed);
      return placed;
    });
    this.reads = new Float64Array(einsum.tensors.length);
    const reduced = reducedVariables(einsum);
    const known = einsum.variables.map((_, v) => v).filter((v) => !reduced.includes(v));
    this.order = [...known, ...reduced];
    this.outer = known.length;
    const boxes = einsum.tensors.map((tensor) => wholeBox(einsum, tensor));
    this.moves = einsum.tensors.map(({ ranks }, t) =>
      Int32Array.from(this.order, (variable) =>
        ranks.reduce((sum, { terms }, axis) => {
          const term = terms.find((one) => one.variable === variable);
          return sum + (term?.coefficient ?? 0) * at(at(this.placed, t).strides, axis);
        }, 0),
      ),
    );
    this.at = Int32Array.from(einsum.tensors, ({ ranks }, t) =>
      ranks.reduce(
        (sum, { offset }, axis) => sum + (offset - at(at(boxes, t), axis).start) * at(at(this.placed, t).strides, axis),
        at(this.placed, t).start,
      ),
    );
    this.point = new Int32Array(einsum.variables.length);
    this.operands = operandsOf(einsum);
    const start = startOf(einsum);
    this.start = start === null ? -1 : einsum.tensors.indexOf(start);
    this.leaving = this.operands.filter((t) =>
      at(boxes, t).some(({ start: low, end }, axis) => low < 0 || end > at(at(einsum.tensors, t).shape, axis)),
    );
    this.values = this.operands.map(() => 0);
    this.skips = skipsOutside(einsum.operation);
    this.isFree = einsum.padding === "free";
    const { combine, reduce } = einsum.operation;
    this.passes = combine === "first" && reduce === "assign";
  }

  along(depth: number): void {
    const { order, outer, einsum, moves } = this;
    if (depth === outer) {
      this.word();
      return;
    }
    const variable = order[depth]!;
    const bound = einsum.bounds[variable]!;
    for (let k = 0; k < bound; k++) {
      this.point[variable] = k;
      this.along(depth + 1);
      for (let t = 0; t < moves.length; t++) this.at[t] = this.at[t]! + moves[t]![depth]!;
    }
    for (let t = 0; t < moves.length; t++) this.at[t] = this.at[t]! - bound * moves[t]![depth]!;
  }

  /** One word of the output, from its start to its end. */
  word(): void {
    const last = this.placed.length - 1;
    const { words } = this.placed[last]!;
    this.register = this.arithmetic.identity;
    if (this.start >= 0) {
      this.register = this.arithmetic.merge(this.register, this.placed[this.start]!.words[this.at[this.start]!]!);
      this.reads[this.start] = this.reads[this.start]! + 1;
    }
    this.reduce(this.outer);
    words[this.at[last]!] = this.register;
  }

  reduce(depth: number): void {
    const { order, einsum, moves } = this;
    if (depth === order.length) {
      this.operate();
      return;
    }
    const variable = order[depth]!;
    const bound = einsum.bounds[variable]!;
    for (let k = 0; k < bound; k++) {
      this.point[variable] = k;
      this.reduce(depth + 1);
      for (let t = 0; t < moves.length; t++) this.at[t] = this.at[t]! + moves[t]![depth]!;
    }
    for (let t = 0; t < moves.length; t++) this.at[t] = this.at[t]! - bound * moves[t]![depth]!;
  }

  operate(): void {
    const { operands, values } = this;
    let isInside = true;
    for (let o = 0; o < operands.length; o++) {
      const t = operands[o]!;
      const inside = !this.leaving.includes(t) || this.isInside(t);
      if (!inside) isInside = false;
      if (inside || !this.isFree) this.reads[t] = this.reads[t]! + 1;
      values[o] = this.placed[t]!.words[this.at[t]!]!;
    }
    if (!this.passes) this.operations++;
    if (isInside || !this.skips)
      this.register = this.arithmetic.accumulate(this.register, this.arithmetic.combine(values));
  }

  isInside(t: number): boolean {
    const { ranks, shape } = this.einsum.tensors[t]!;
    for (let axis = 0; axis < ranks.length; axis++) {
      const { terms, offset } = ranks[axis]!;
      let x = offset;
      for (let i = 0; i < terms.length; i++) x += terms[i]!.coefficient * this.point[terms[i]!.variable]!;
      if (x < 0 || x >= shape[axis]!) return false;
    }
    return true;
  }
}
