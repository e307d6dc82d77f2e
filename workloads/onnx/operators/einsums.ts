import { StepError, wordOf } from "../../steps/step.js";
import { addLayer, type Call, einsumOf, inputOf, type Lowering, operandOf, outputName } from "./call.js";

/** The most tensors that one layer multiplies. */
const MOST_INPUTS = 3;

/** A term of an equation: one label an axis; the axes of an ellipsis have the labels `…0`, `…1`, counted from the end. */
type Labels = readonly string[];

/** `ij,jk->ik` as labels by operand, and those of the output. */
export function readEquation(
  equation: string,
  ranks: readonly number[],
): { readonly inputs: readonly Labels[]; readonly output: Labels } {
  const [left = "", right] = equation.replaceAll(/\s/g, "").split("->");
  const terms = left.split(",");
  if (terms.length !== ranks.length) throw new StepError(`the equation ${equation} is one of ${terms.length} tensors`);
  const inputs = terms.map((term, i) => labelsOf(term, ranks[i] ?? 0));
  const dots = [...new Set(inputs.flat().filter((label) => label.startsWith("…")))].sort(
    (a, b) => Number(b.slice(1)) - Number(a.slice(1)),
  );
  const letters = inputs.flat().filter((label) => !label.startsWith("…"));
  const once = [...new Set(letters)].filter((label) => letters.indexOf(label) === letters.lastIndexOf(label)).sort();
  const output = right === undefined ? [...dots, ...once] : outputLabels(right, dots);
  return { inputs, output };
}

function labelsOf(term: string, rank: number): Labels {
  const [before = "", after] = term.split("...");
  if (after === undefined) {
    if (before.length !== rank) throw new StepError(`the term ${term} does not suit a tensor of rank ${rank}`);
    return [...before];
  }
  const hidden = rank - before.length - after.length;
  if (hidden < 0) throw new StepError(`the term ${term} does not suit a tensor of rank ${rank}`);
  return [...before, ...Array.from({ length: hidden }, (_, i) => `…${hidden - 1 - i}`), ...after];
}

function outputLabels(text: string, dots: Labels): Labels {
  const [before = "", after] = text.split("...");
  return after === undefined ? [...before] : [...before, ...dots, ...after];
}

/** A tensor of the graph under labels. */
interface Term {
  readonly name: string;
  readonly labels: Labels;
  readonly shape: readonly number[];
}

/** Multiplies the terms and adds up over the labels that are not kept. Axes of extent 1 that are broadcast leave the Einsum. */
function contracted(call: Call, terms: readonly Term[], kept: Labels, output?: string): Term {
  const extents = new Map<string, number>();
  for (const { labels, shape } of terms)
    labels.forEach((label, axis) => {
      const [extent, known] = [shape[axis] ?? 1, extents.get(label) ?? 1];
      if (extent !== 1 && known !== 1 && extent !== known)
        throw new StepError(`${label} is both ${known} and ${extent}`);
      extents.set(label, Math.max(extent, known));
    });
  const variables = new Map([...extents.keys()].map((label, i) => [label, `v${i}`]));
  const nameOf = (label: string): string => variables.get(label) ?? "";
  const print = (name: string, labels: Labels): string =>
    `${name}[${labels.length === 0 ? "0" : labels.map(nameOf).join(",")}]`;
  const names = ["Inputs", "Weights", "Others"];
  const shapes = new Map<string, readonly number[]>();
  const right = terms.map(({ labels, shape }, i) => {
    const own = labels.filter((label, axis) => (shape[axis] ?? 1) === extents.get(label));
    if (own.length === 0) shapes.set(names[i] ?? "", [1]);
    return print(names[i] ?? "", own);
  });
  if (kept.length === 0) shapes.set("Outputs", [1]);
  const bounds = new Map([...extents].map(([label, extent]) => [nameOf(label).toUpperCase(), extent]));
  const { type } = operandOf(call, 0);
  const einsum = einsumOf(`${print("Outputs", kept)} += ${right.join(" * ")}`, bounds, type, {}, shapes);
  const shape = kept.map((label) => extents.get(label) ?? 1);
  const wish = { kind: "einsum", einsum, inputs: terms.map((term) => term.name), type, shape };
  return { name: addLayer(call, wish, output), labels: kept, shape };
}

/** One layer for up to three tensors; more are joined two by two, from the left. */
const einsum: Lowering = (call) => {
  const operands = call.inputs.map((_, i) => operandOf(call, i));
  const { inputs, output } = readEquation(
    wordOf(call.attributes, "equation", ""),
    operands.map(({ shape }) => shape.length),
  );
  let terms = operands.map(({ shape }, i): Term => ({ name: inputOf(call, i), labels: inputs[i] ?? [], shape }));
  while (terms.length > MOST_INPUTS) {
    const [first, second, ...rest] = terms;
    if (first === undefined || second === undefined) break;
    const later = new Set([...output, ...rest.flatMap((term) => term.labels)]);
    const kept = [...new Set([...first.labels, ...second.labels])].filter((label) => later.has(label));
    terms = [contracted(call, [first, second], kept), ...rest];
  }
  contracted(call, terms, output, outputName(call));
};

/** Einsum, as the layer that it is. */
export const einsums: Readonly<Record<string, Lowering>> = { Einsum: einsum };
