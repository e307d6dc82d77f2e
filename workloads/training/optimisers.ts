import type { Einsum, ElementType, Layer } from "../einsum.js";
import { accumulatorOf } from "../types.js";
import { emptyValues, type Values } from "../values.js";
import type { Runner } from "./backward.js";
import type { Decay } from "./losses.js";

/** What an optimiser keeps of a tensor from step to step. Empty before the first. */
export interface State {
  readonly step: number;
  readonly moments: readonly Values[];
}
export const NO_STATE: State = { step: 0, moments: [] };

/** A tensor's words after an update. */
export interface Updated {
  readonly weights: Values;
  readonly state: State;
}

/** How weights follow from their gradients. All but square roots and quotients are linear combinations, which `run` executes. */
export interface Optimiser {
  readonly name: "sgd" | "momentum" | "adam";
  readonly update: (name: string, weights: Values, gradient: Values, state: State, run: Runner) => Updated;
}

export interface Rates {
  /** The learning rate. */
  readonly rate: number;
  /** Added to the gradient: `l1·sign(w) + l2·w`. */
  readonly decay?: Decay;
}

/** Stochastic gradient descent: `w ← w − rate·(g + decay)`. */
export function sgd({ rate, decay = NO_DECAY }: Rates): Optimiser {
  const update: Optimiser["update"] = (name, weights, gradient, { step }, run) => {
    const terms: Term[] = [[1 - rate * decay.l2, weights], [-rate, gradient], ...signs(weights, -rate * decay.l1)];
    return { weights: combined(name, terms, run), state: { step: step + 1, moments: [] } };
  };
  return { name: "sgd", update };
}

/** Momentum as AlexNet was trained: `v ← momentum·v − rate·(g + decay)`, `w ← w + v`. */
export function momentum({ rate, decay = NO_DECAY, momentum: kept }: Rates & { readonly momentum: number }): Optimiser {
  const update: Optimiser["update"] = (name, weights, gradient, { step, moments: [old] }, run) => {
    const velocity = combined(
      `${name}.velocity`,
      [
        [kept, old ?? emptyLike(weights)],
        [-rate, gradient],
        [-rate * decay.l2, weights],
        ...signs(weights, -rate * decay.l1),
      ],
      run,
    );
    const terms: Term[] = [
      [1, weights],
      [1, velocity],
    ];
    return { weights: combined(name, terms, run), state: { step: step + 1, moments: [velocity] } };
  };
  return { name: "momentum", update };
}

export interface AdamRates extends Rates {
  readonly beta1?: number;
  readonly beta2?: number;
  readonly epsilon?: number;
}

/** Adam (Kingma and Ba, ICLR 2015, algorithm 1): moments of the gradient and of its square, corrected for their start at 0. */
export function adam({ rate, decay = NO_DECAY, beta1 = 0.9, beta2 = 0.999, epsilon = 1e-8 }: AdamRates): Optimiser {
  const update: Optimiser["update"] = (name, weights, gradient, state, run) => {
    const step = state.step + 1;
    const [oldFirst, oldSecond] = state.moments;
    const slope =
      decay.l1 === 0 && decay.l2 === 0
        ? gradient
        : combined(`${name}.decay`, [[1, gradient], [decay.l2, weights], ...signs(weights, decay.l1)], run);
    const mean = (part: string, beta: number, old: Values | undefined, now: Values): Values =>
      combined(
        `${name}.${part}`,
        [
          [beta, old ?? emptyLike(now)],
          [1 - beta, now],
        ],
        run,
      );
    const first = mean("first-moment", beta1, oldFirst, slope);
    const second = mean(
      "second-moment",
      beta2,
      oldSecond,
      slope.map((g) => g * g),
    );
    const [ofFirst, ofSecond] = [1 - beta1 ** step, 1 - beta2 ** step];
    const direction = first.map((m, i) => m / ofFirst / (Math.sqrt((second[i] ?? 0) / ofSecond) + epsilon));
    const terms: Term[] = [
      [1, weights],
      [-rate, direction],
    ];
    return { weights: combined(name, terms, run), state: { step, moments: [first, second] } };
  };
  return { name: "adam", update };
}

const NO_DECAY: Decay = { l1: 0, l2: 0 };
type Term = readonly [rate: number, values: Values];

const signs = (weights: Values, rate: number): readonly Term[] => (rate === 0 ? [] : [[rate, weights.map(Math.sign)]]);
const emptyLike = (values: Values): Values => emptyValues(typeOf(values), values.length);
const typeOf = (values: Values): ElementType => ({ kind: "float", bits: values instanceof Float32Array ? 32 : 64 });

/** Σ rate·values, executed as the Einsum that it is. */
function combined(name: string, terms: readonly Term[], run: Runner): Values {
  const [[, first]] = terms as readonly [Term, ...Term[]];
  const type = typeOf(first);
  const stacked = emptyValues(type, first.length * terms.length);
  const rates = emptyValues(type, terms.length);
  for (const [k, [rate, values]] of terms.entries()) {
    rates[k] = rate;
    stacked.set(values, k * first.length);
  }
  return run(combinationLayer(name, terms.length, first.length, type), [stacked, rates]);
}

/** `Outputs[i] += Inputs[k,i] * Weights[k]`: a linear combination of k tensors, as an optimiser's update is. */
export function combinationLayer(name: string, terms: number, words: number, type: ElementType): Layer {
  const axis = (variable: number): { terms: { variable: number; coefficient: number }[]; offset: number } => ({
    terms: [{ variable, coefficient: 1 }],
    offset: 0,
  });
  const accumulator = accumulatorOf(type);
  const einsum: Einsum = {
    variables: ["i", "k"],
    bounds: [words, terms],
    tensors: [
      { name: "Terms", alias: "Inputs", role: "input", ranks: [axis(1), axis(0)], shape: [terms, words], type },
      { name: "Rates", alias: "Weights", role: "input", ranks: [axis(1)], shape: [terms], type },
      { name: "Updated", alias: "Outputs", role: "output", ranks: [axis(0)], shape: [words], type: accumulator },
    ],
    operation: { combine: "multiply", reduce: "add", start: "identity", after: null },
    padding: "counted",
    accumulator,
  };
  return { name, kind: "update", repeat: 1, pass: "update", einsum };
}
