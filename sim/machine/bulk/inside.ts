import { at } from "../nest.js";

/** How far each loop of a segment moves a point, axis by axis. */
export type Steps = readonly (readonly number[])[];

/** Loops and axes that have to do with each other, and with no others. */
interface Part {
  readonly loops: readonly number[];
  readonly axes: readonly number[];
}

/** Counts the steps of a segment in which a moving point lies inside a tensor. */
export class InsideCounter {
  readonly steps: Steps;
  readonly shape: readonly number[];
  readonly parts: readonly Part[];

  constructor(steps: Steps, shape: readonly number[]) {
    this.steps = steps;
    this.shape = shape;
    this.parts = partsOf(steps, shape.length);
  }

  /** `start`: the point at the first step. */
  count(start: readonly number[], lengths: readonly number[]): number {
    let count = 1;
    for (const part of this.parts) count *= this.countPart(part, start, lengths);
    return count;
  }

  countPart({ loops, axes }: Part, start: readonly number[], lengths: readonly number[]): number {
    let all = 1;
    for (const loop of loops) all *= at(lengths, loop);
    let isAllInside = true;
    for (const axis of axes) {
      let [least, greatest] = [at(start, axis), at(start, axis)];
      for (const loop of loops) {
        const reach = at(at(this.steps, loop), axis) * (at(lengths, loop) - 1);
        if (reach < 0) least += reach;
        else greatest += reach;
      }
      const end = at(this.shape, axis);
      if (greatest < 0 || least >= end) return 0;
      if (least < 0 || greatest >= end) isAllInside = false;
    }
    if (isAllInside) return all;
    const point = axes.map((axis) => at(start, axis));
    return this.walk(loops, axes, point, lengths);
  }

  walk(
    loops: readonly number[],
    axes: readonly number[],
    point: readonly number[],
    lengths: readonly number[],
  ): number {
    const [loop, ...inner] = loops;
    if (loop === undefined)
      return axes.every((axis, i) => at(point, i) >= 0 && at(point, i) < at(this.shape, axis)) ? 1 : 0;
    let count = 0;
    for (let k = 0; k < at(lengths, loop); k++)
      count += this.walk(
        inner,
        axes,
        point.map((x, i) => x + k * at(at(this.steps, loop), at(axes, i))),
        lengths,
      );
    return count;
  }
}

function partsOf(steps: Steps, rank: number): readonly Part[] {
  let parts: Part[] = Array.from({ length: rank }, (_, axis) => ({ loops: [], axes: [axis] }));
  steps.forEach((along, loop) => {
    const touched = parts.filter(({ axes }) => axes.some((axis) => at(along, axis) !== 0));
    const joined = {
      loops: [...touched.flatMap(({ loops }) => loops), loop],
      axes: touched.flatMap(({ axes }) => axes),
    };
    parts = [...parts.filter((part) => !touched.includes(part)), joined];
  });
  return parts;
}
