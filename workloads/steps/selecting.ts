import { product } from "../../base/index.js";
import type { Operand } from "../graph/types.js";
import { stridesOf, type Values } from "../values.js";
import { around, axisOf, given, listFrom, numberOf, plan, type Step, StepError, wordOf, wordsOf } from "./step.js";

const fromFront = (index: number, extent: number): number => (index < 0 ? index + extent : index);

const gather: Step = (operands, attributes) => {
  const [x, indices] = [given(operands, 0), given(operands, 1)];
  const axis = axisOf(numberOf(attributes, "axis", 0), x.shape.length);
  const shape = [...x.shape.slice(0, axis), ...indices.shape, ...x.shape.slice(axis + 1)];
  return [
    plan(x.type, shape, (out) => {
      const words = wordsOf(x);
      const chosen = wordsOf(indices);
      const [outer, extent, inner] = around(x.shape, axis);
      for (let o = 0; o < outer; o++)
        for (let k = 0; k < chosen.length; k++) {
          const from = (o * extent + fromFront(chosen[k] ?? 0, extent)) * inner;
          out.set(words.subarray(from, from + inner), (o * chosen.length + k) * inner);
        }
    }),
  ];
};

/** For each word of `indices` the word of x at the same place, but at the index along the axis. */
function elementPlaces(x: Operand, indices: Operand, axis: number): Int32Array {
  const chosen = wordsOf(indices);
  const [to, strides] = [stridesOf(indices.shape), stridesOf(x.shape)];
  const extent = x.shape[axis] ?? 1;
  const places = new Int32Array(chosen.length);
  for (let i = 0; i < places.length; i++) {
    let place = fromFront(chosen[i] ?? 0, extent) * (strides[axis] ?? 1);
    indices.shape.forEach((along, a) => {
      if (a !== axis) place += (Math.floor(i / (to[a] ?? 1)) % along) * (strides[a] ?? 1);
    });
    places[i] = place;
  }
  return places;
}

const gatherElements: Step = (operands, attributes) => {
  const [x, indices] = [given(operands, 0), given(operands, 1)];
  const axis = axisOf(numberOf(attributes, "axis", 0), x.shape.length);
  return [
    plan(x.type, indices.shape, (out) => {
      const words = wordsOf(x);
      elementPlaces(x, indices, axis).forEach((place, i) => {
        out[i] = words[place] ?? 0;
      });
    }),
  ];
};

/** How a scattered word joins the one that is there. */
function joiner(name: string): (old: number, added: number) => number {
  if (name === "add") return (old, added) => old + added;
  if (name === "mul") return (old, added) => old * added;
  if (name === "max") return Math.max;
  if (name === "min") return Math.min;
  if (name === "none") return (_, added) => added;
  throw new StepError(`there is no reduction ${name}`);
}

const scatterElements: Step = (operands, attributes) => {
  const [x, indices, updates] = [given(operands, 0), given(operands, 1), given(operands, 2)];
  const axis = axisOf(numberOf(attributes, "axis", 0), x.shape.length);
  const join = joiner(wordOf(attributes, "reduction", "none"));
  return [
    plan(x.type, x.shape, (out) => {
      out.set(wordsOf(x));
      const added = wordsOf(updates);
      elementPlaces(x, indices, axis).forEach((place, i) => {
        out[place] = join(out[place] ?? 0, added[i] ?? 0);
      });
    }),
  ];
};

/** The first word of each block that the last axis of `indices` points at, after `batch` common axes, and the block's length. */
function blocksOf(
  x: Operand,
  indices: Operand,
  batch: number,
): { readonly places: Int32Array; readonly length: number } {
  const depth = indices.shape.at(-1) ?? 1;
  const strides = stridesOf(x.shape);
  const length = product(x.shape.slice(batch + depth));
  const chosen = wordsOf(indices);
  const perBatch = product(indices.shape.slice(batch)) / Math.max(1, depth);
  const places = Int32Array.from({ length: product(indices.shape.slice(0, -1)) }, (_, i) => {
    let place = Math.floor(i / perBatch) * product(x.shape.slice(batch));
    for (let k = 0; k < depth; k++) {
      const extent = x.shape[batch + k] ?? 1;
      place += fromFront(chosen[i * depth + k] ?? 0, extent) * (strides[batch + k] ?? 1);
    }
    return place;
  });
  return { places, length };
}

const gatherBlocks: Step = (operands, attributes) => {
  const [x, indices] = [given(operands, 0), given(operands, 1)];
  const batch = numberOf(attributes, "batch_dims", 0);
  const depth = indices.shape.at(-1) ?? 1;
  return [
    plan(x.type, [...indices.shape.slice(0, -1), ...x.shape.slice(batch + depth)], (out) => {
      const words = wordsOf(x);
      const { places, length } = blocksOf(x, indices, batch);
      places.forEach((place, i) => {
        out.set(words.subarray(place, place + length), i * length);
      });
    }),
  ];
};

const scatterBlocks: Step = (operands, attributes) => {
  const [x, indices, updates] = [given(operands, 0), given(operands, 1), given(operands, 2)];
  const join = joiner(wordOf(attributes, "reduction", "none"));
  return [
    plan(x.type, x.shape, (out) => {
      out.set(wordsOf(x));
      const added = wordsOf(updates);
      const { places, length } = blocksOf(x, indices, 0);
      places.forEach((place, i) => {
        for (let k = 0; k < length; k++) out[place + k] = join(out[place + k] ?? 0, added[i * length + k] ?? 0);
      });
    }),
  ];
};

const oneHot: Step = (operands, attributes) => {
  const [indices, values] = [given(operands, 0), given(operands, 2)];
  const depth = wordsOf(given(operands, 1))[0] ?? 0;
  const axis = axisOf(numberOf(attributes, "axis", -1), indices.shape.length + 1);
  const shape = [...indices.shape.slice(0, axis), depth, ...indices.shape.slice(axis)];
  return [
    plan(values.type, shape, (out) => {
      const [off = 0, on = 1] = wordsOf(values);
      out.fill(off);
      const inner = product(indices.shape.slice(axis));
      wordsOf(indices).forEach((index, i) => {
        const place = fromFront(index, depth);
        if (place >= 0 && place < depth) out[(Math.floor(i / inner) * depth + place) * inner + (i % inner)] = on;
      });
    }),
  ];
};

/** The k largest (or least) words along an axis, best first, ties by place; and where they stood. */
const topK: Step = (operands, attributes) => {
  const x = given(operands, 0);
  const axis = axisOf(numberOf(attributes, "axis", -1), x.shape.length);
  const k = listFrom(operands[1], {}, "k")?.[0] ?? numberOf(attributes, "k", 1);
  const sign = numberOf(attributes, "largest", 1) === 1 ? -1 : 1;
  const shape = x.shape.map((extent, a) => (a === axis ? k : extent));
  const pick = (write: (out: Values, place: number, from: number, chosen: number) => void) => (out: Values) => {
    const words = wordsOf(x);
    const [outer, extent, inner] = around(x.shape, axis);
    for (let i = 0; i < outer * inner; i++) {
      const base = Math.floor(i / inner) * extent * inner + (i % inner);
      const at = (place: number): number => words[base + place * inner] ?? 0;
      const order = Array.from({ length: extent }, (_, place) => place).sort((a, b) => sign * (at(a) - at(b)) || a - b);
      for (const [rank, chosen] of order.slice(0, k).entries())
        write(out, Math.floor(i / inner) * k * inner + rank * inner + (i % inner), base + chosen * inner, chosen);
    }
  };
  return [
    plan(x.type, shape, (out) => {
      const words = wordsOf(x);
      pick((to, place, from) => {
        to[place] = words[from] ?? 0;
      })(out);
    }),
    plan(
      "int64",
      shape,
      pick((to, place, _, chosen) => {
        to[place] = chosen;
      }),
    ),
  ];
};

/** The coordinates of the words that are not zero, one row an axis. */
const nonZero: Step = (operands) => {
  const x = given(operands, 0);
  const words = wordsOf(x);
  const found = [...words.keys()].filter((i) => words[i] !== 0);
  const strides = stridesOf(x.shape);
  return [
    plan("int64", [x.shape.length, found.length], (out) => {
      x.shape.forEach((extent, axis) => {
        found.forEach((place, i) => {
          out[axis * found.length + i] = Math.floor(place / (strides[axis] ?? 1)) % extent;
        });
      });
    }),
  ];
};

/** The slices along an axis (or the words) at which the condition holds. */
const compress: Step = (operands, attributes) => {
  const x = given(operands, 0);
  const wanted = attributes["axis"];
  const flat: Operand = typeof wanted === "number" ? x : { ...x, shape: [product(x.shape)] };
  const axis = typeof wanted === "number" ? axisOf(wanted, x.shape.length) : 0;
  const chosen = [...wordsOf(given(operands, 1)).entries()].flatMap(([i, holds]) => (holds === 0 ? [] : [i]));
  const indices: Operand = { type: "int64", shape: [chosen.length], values: Float64Array.from(chosen) };
  return gather([flat, indices], { axis });
};

/** The steps that pick words by indices. */
export const selecting: Readonly<Record<string, Step>> = {
  Compress: compress,
  Gather: gather,
  GatherElements: gatherElements,
  GatherND: gatherBlocks,
  NonZero: nonZero,
  OneHot: oneHot,
  Scatter: scatterElements,
  ScatterElements: scatterElements,
  ScatterND: scatterBlocks,
  TopK: topK,
};
