import type { Einsum, ElementType, Layer, Tensor } from "../einsum.js";
import { samePlaces } from "./layer-gradients.js";

/** Whether a layer gives its one input as it is. */
export function isCopy(einsum: Einsum): boolean {
  const [input, output, ...more] = einsum.tensors;
  if (input === undefined || output === undefined || more.length > 0 || einsum.operation.after !== null) return false;
  return samePlaces(input, output, einsum);
}

/** `Sum[i] = Part1[i] + Part2[i]`, at a fork. */
export function sumLayer(name: string, parts: number, words: number, type: ElementType): Layer {
  const ranks = [{ terms: [{ variable: 0, coefficient: 1 }], offset: 0 }];
  const operand = (part: number): Tensor => ({
    ...{ name: `Part${part + 1}`, alias: ["Inputs", "Weights"][part] ?? `Part${part + 1}`, role: "input" },
    ...{ ranks, shape: [words], type },
  });
  const output: Tensor = { name: "Sum", alias: "Outputs", role: "output", ranks, shape: [words], type };
  const einsum: Einsum = {
    ...{ variables: ["i"], bounds: [words], padding: "counted", accumulator: type },
    tensors: [...Array.from({ length: parts }, (_, part) => operand(part)), output],
    operation: { combine: "add", reduce: "assign", start: "identity", after: null },
  };
  return { name, kind: "gradient", repeat: 1, pass: "input-gradient", einsum };
}
