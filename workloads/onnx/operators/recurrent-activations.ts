import type { Attributes } from "../../graph/types.js";
import { numberOf, numbersOf, StepError } from "../../steps/step.js";
import { type Call, known, operandOf, step } from "./call.js";

/** The activations that a node may name, with the parameters that each takes from the node's lists. */
const PARAMETERS: Readonly<Record<string, readonly [alpha: boolean, beta: boolean]>> = {
  affine: [true, true],
  elu: [true, false],
  hardsigmoid: [true, true],
  leakyrelu: [true, false],
  scaledtanh: [true, true],
  thresholdedrelu: [true, false],
};
const STEPS: Readonly<Record<string, string>> = {
  elu: "Elu",
  hardsigmoid: "HardSigmoid",
  leakyrelu: "LeakyRelu",
  relu: "Relu",
  sigmoid: "Sigmoid",
  softplus: "Softplus",
  softsign: "Softsign",
  tanh: "Tanh",
  thresholdedrelu: "ThresholdedRelu",
};

/** Adds the step of an activation; what goes in is clipped before, where the node says so. */
export type Activation = (x: string, clips: boolean) => string;

function clipped(call: Call, x: string): string {
  const clip = numberOf(call.attributes, "clip", 0);
  return clip > 0 ? step(call, "Clip", [x], { min: -clip, max: clip }) : x;
}

/** The node's activations in order, as functions that add the steps. */
export function activations(call: Call, defaults: readonly string[], directions: number): readonly Activation[] {
  const given = call.attributes["activations"];
  const repeated = Array.from({ length: directions }, () => defaults).flat();
  const names = (Array.isArray(given) && given.length > 0 ? given.map(String) : repeated).map((name) =>
    name.toLowerCase(),
  );
  const alphas = [...(numbersOf(call.attributes, "activation_alpha") ?? [])];
  const betas = [...(numbersOf(call.attributes, "activation_beta") ?? [])];
  return names.map((name) => {
    const [takesAlpha, takesBeta] = PARAMETERS[name] ?? [false, false];
    const [alpha, beta] = [takesAlpha ? alphas.shift() : undefined, takesBeta ? betas.shift() : undefined];
    return (x, clips) => activated(call, name, clips ? clipped(call, x) : x, alpha, beta);
  });
}

function activated(call: Call, name: string, x: string, alpha: number | undefined, beta: number | undefined): string {
  const number = (value: number): string => known(call, operandOf(call, 0).type, [], [value]);
  if (name === "affine") {
    const scaled = step(call, "Mul", [x, number(alpha ?? 1)]);
    return step(call, "Add", [scaled, number(beta ?? 0)]);
  }
  if (name === "scaledtanh") {
    const inner = step(call, "Tanh", [step(call, "Mul", [x, number(beta ?? 1)])]);
    return step(call, "Mul", [inner, number(alpha ?? 1)]);
  }
  const stepName = STEPS[name];
  if (stepName === undefined) throw new StepError(`there is no activation ${name}`);
  const attributes: Attributes = { ...(alpha === undefined ? {} : { alpha }), ...(beta === undefined ? {} : { beta }) };
  return step(call, stepName, [x], attributes);
}
