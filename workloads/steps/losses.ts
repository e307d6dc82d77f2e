import { product } from "../../base/index.js";
import type { Attributes, Operand } from "../graph/types.js";
import { normalisation } from "./normalisation.js";
import { around, given, numberOf, type Planned, plan, type Step, wordOf, wordsOf } from "./step.js";

/**
 * The negative log-likelihood of the labels: −w[t]·x[n, t, …], summed, or averaged over the weights of the labels, or left as it is. Labels
 * that equal `ignore_index` count for nothing.
 */
function likelihood(x: Operand, labels: Operand, weights: Operand | undefined, attributes: Attributes): Planned {
  const reduction = wordOf(attributes, "reduction", "mean");
  const ignored = attributes["ignore_index"];
  const [, classes, inner] = around(x.shape, 1);
  return plan(x.type, reduction === "none" ? labels.shape : [], (out) => {
    const [words, chosen] = [wordsOf(x), wordsOf(labels)];
    const weightsOf = weights === undefined ? null : wordsOf(weights);
    let [total, weight] = [0, 0];
    chosen.forEach((label, i) => {
      const isIgnored = label === ignored;
      const w = isIgnored ? 0 : weightsOf === null ? 1 : (weightsOf[label] ?? 0);
      const place = (Math.floor(i / inner) * classes + label) * inner + (i % inner);
      const loss = isIgnored ? 0 : -w * (words[place] ?? 0);
      if (reduction === "none") out[i] = loss;
      total += loss;
      weight += w;
    });
    if (reduction === "sum") out[0] = total;
    if (reduction === "mean") out[0] = total / weight;
  });
}

const negativeLogLikelihood: Step = (operands, attributes) => [
  likelihood(given(operands, 0), given(operands, 1), operands[2], attributes),
];

/** The likelihood of the labels under the softmax of the scores; also gives the log-probabilities. */
const softmaxCrossEntropy: Step = (operands, attributes) => {
  const [scores, labels] = [given(operands, 0), given(operands, 1)];
  const [logarithms] = normalisation["LogSoftmax"]?.([scores], { axis: 1 }) ?? [];
  if (logarithms === undefined) return [];
  const after = { type: scores.type, shape: scores.shape, values: scores.values === null ? null : logarithms.values() };
  return [likelihood(after, labels, operands[2], attributes), logarithms];
};

/** Operands of an optimiser: rate, step number, then the weights, the gradients and each kind of state, as many of each as there are weights. */
function grouped(operands: readonly (Operand | undefined)[], kinds: number): readonly (readonly Operand[])[] {
  const rest = operands.slice(2).map((_, i) => given(operands, i + 2));
  const count = rest.length / kinds;
  return Array.from({ length: count }, (_, i) =>
    Array.from({ length: kinds }, (__, kind) => given(rest, kind * count + i)),
  );
}

/** How one weight and its state move: the new weight, then the new states. */
type Move = (weight: number, gradient: number, states: readonly number[]) => readonly number[];

/** An optimiser: every weight moves by itself; outputs are all new weights, then all new states of each kind. */
function optimiser(kinds: number, moveOf: (attributes: Attributes, rate: number, step: number) => Move): Step {
  return (operands, attributes) => {
    const groups = grouped(operands, kinds);
    const results = [0, ...Array.from({ length: kinds - 2 }, (_, i) => i + 1)];
    return results.flatMap((result) =>
      groups.map(([weight, gradient, ...states]) => {
        const w = given([weight], 0);
        return plan(w.type, w.shape, (out) => {
          const move = moveOf(attributes, wordsOf(given(operands, 0))[0] ?? 0, wordsOf(given(operands, 1))[0] ?? 0);
          const [weights, slopes] = [wordsOf(w), wordsOf(given([gradient], 0))];
          const kept = states.map(wordsOf);
          for (let i = 0; i < product(w.shape); i++)
            out[i] =
              move(
                weights[i] ?? 0,
                slopes[i] ?? 0,
                kept.map((state) => state[i] ?? 0),
              )[result] ?? 0;
        });
      }),
    );
  };
}

/** Duchi, Hazan, Singer, "Adaptive Subgradient Methods", JMLR 12 (2011). */
const adagrad = optimiser(3, (attributes, rate, step) => {
  const decayed = rate / (1 + step * numberOf(attributes, "decay_factor", 0));
  const [norm, epsilon] = [numberOf(attributes, "norm_coefficient", 0), numberOf(attributes, "epsilon", 1e-6)];
  return (weight, gradient, [squares = 0]) => {
    const slope = norm * weight + gradient;
    const sum = squares + slope * slope;
    return [weight - (decayed * slope) / (Math.sqrt(sum) + epsilon), sum];
  };
});

/** Kingma, Ba, "Adam: A Method for Stochastic Optimization", ICLR 2015. */
const adam = optimiser(4, (attributes, rate, step) => {
  const [alpha, beta] = [numberOf(attributes, "alpha", 0.9), numberOf(attributes, "beta", 0.999)];
  const [norm, after] = [numberOf(attributes, "norm_coefficient", 0), numberOf(attributes, "norm_coefficient_post", 0)];
  const epsilon = numberOf(attributes, "epsilon", 1e-6);
  const adjusted = step > 0 ? (rate * Math.sqrt(1 - beta ** step)) / (1 - alpha ** step) : rate;
  return (weight, gradient, [first = 0, second = 0]) => {
    const slope = norm * weight + gradient;
    const mean = alpha * first + (1 - alpha) * slope;
    const square = beta * second + (1 - beta) * slope * slope;
    const moved = weight - (adjusted * mean) / (Math.sqrt(square) + epsilon);
    return [(1 - after) * moved, mean, square];
  };
});

/** Polyak's momentum, or Nesterov's. */
const momentum = optimiser(3, (attributes, rate, step) => {
  const [alpha, beta] = [numberOf(attributes, "alpha", 0), numberOf(attributes, "beta", 0)];
  const norm = numberOf(attributes, "norm_coefficient", 0);
  const nesterov = wordOf(attributes, "mode", "standard") === "nesterov";
  return (weight, gradient, [speed = 0]) => {
    const slope = norm * weight + gradient;
    const faster = alpha * speed + (step > 0 ? beta : 1) * slope;
    return [weight - rate * (nesterov ? slope + alpha * faster : faster), faster];
  };
});

/** Losses and optimisers. */
export const losses: Readonly<Record<string, Step>> = {
  Adagrad: adagrad,
  Adam: adam,
  Momentum: momentum,
  NegativeLogLikelihoodLoss: negativeLogLikelihood,
  SoftmaxCrossEntropyLoss: softmaxCrossEntropy,
};
