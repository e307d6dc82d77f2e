import { inputsOf, tensorWords } from "./counts.js";
import type { Layer, Tensor } from "./einsum.js";
import { COOKED, UNTRAINED } from "./kinds.js";

export interface Parameters {
  /** Words of the trained operand. */
  readonly weights: number;
  /** Biases, or the scale and shift of a normalisation that belongs to the layer. */
  readonly biases: number;
}

/** The trained values of one run of the layer: weights and biases. */
export function parametersOf(layer: Layer): Parameters {
  const { tensors } = layer.einsum;
  const words = (trained: (tensor: Tensor) => boolean): number =>
    inputsOf(layer.einsum).reduce((n, tensor) => (trained(tensor) ? n + tensorWords(tensor) : n), 0);
  if (layer.kind === "einsum" || UNTRAINED.has(layer.kind)) return { weights: 0, biases: layer.biases ?? 0 };
  const isWeight = (tensor: Tensor): boolean => tensor.name !== BIAS && isTrained(layer, tensor);
  const hasBias = tensors.some((tensor) => tensor.name === BIAS);
  const own = hasBias ? words((tensor) => tensor.name === BIAS) : 0;
  return { weights: words(isWeight), biases: layer.biases ?? own };
}

/** Whether an operand of a layer is trained, rather than an activation. Of a layer that is an Einsum by itself the second one is taken to be. */
export function isTrained({ kind }: Layer, tensor: Tensor): boolean {
  if (UNTRAINED.has(kind)) return false;
  if (tensor.name === BIAS) return true;
  return COOKED.has(kind) ? WEIGHTS.has(tensor.name) : tensor.alias === "Weights";
}
const WEIGHTS: ReadonlySet<string> = new Set(["Weights", "Recurrence"]);
const BIAS = "Bias";
