import { around, wordOf } from "../step.js";
import { type Call, operandOf, type Pull } from "./call.js";
import { logSoftmax } from "./normalisations.js";

/** The gradient with respect to log-probabilities: −w at each label, by the reduction's share. */
function ofLikelihood(call: Call): Float64Array {
  const [x, labels] = [operandOf(call, 0), operandOf(call, 1).values];
  const weights = call.operands[2]?.values;
  const [, classes, inner] = around(x.shape, 1);
  const ignored = call.attributes["ignore_index"];
  const reduction = wordOf(call.attributes, "reduction", "mean");
  const share = Array.from(labels, (label) => (label === ignored ? 0 : (weights?.[label] ?? 1)));
  const all = reduction === "mean" ? share.reduce((sum, w) => sum + w, 0) : 1;
  const upstream = call.upstream[0];
  const gradient = new Float64Array(x.values.length);
  share.forEach((w, i) => {
    if (w === 0) return;
    const place = (Math.floor(i / inner) * classes + (labels[i] ?? 0)) * inner + (i % inner);
    gradient[place] = (-w * (upstream?.[reduction === "none" ? i : 0] ?? 0)) / all;
  });
  return gradient;
}

/** Through the likelihood and the logarithm of the softmax, whose words are the second output. */
const softmaxCrossEntropy: Pull = (call) => {
  const own = ofLikelihood(call);
  const second = call.upstream[1];
  const slopes = second === undefined ? own : own.map((g, i) => g + (second[i] ?? 0));
  const scores = [operandOf(call, 0)];
  return logSoftmax({
    ...call,
    ...{ step: call.stepNamed("LogSoftmax"), operands: scores, attributes: { axis: 1 }, upstream: [slopes] },
  });
};

/** Losses, by the scores. */
export const losses: Readonly<Record<string, Pull>> = {
  NegativeLogLikelihoodLoss: ofLikelihood,
  SoftmaxCrossEntropyLoss: softmaxCrossEntropy,
};
