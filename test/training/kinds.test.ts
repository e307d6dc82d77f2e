import { expect } from "chai";
import {
  einsumWithTypes,
  gradients,
  graphOfLayers,
  inputsOf,
  type Layer,
  parseInlineLayer,
} from "../../workloads/index.js";
import { kindNames } from "../../workloads/kinds.js";
import { layerFrom, unwrapped } from "../workloads/arbitraries.js";
import { expectGradients, float, words } from "./differences.js";

const IMAGE = "N=2,C=3,H=2,W=2";
/** A small layer of each kind whose keys are no image's. */
const OTHERS: Readonly<Record<string, string>> = {
  conv: "N=2,M=3,C=2,H=5,W=6,R=3,S=2,U=2,Zt=1,Zl=1",
  conv1d: "N=2,M=3,C=2,H=6,R=3,U=2,Z=1",
  conv3d: "M=2,C=2,L=3,H=3,W=3,T=2,R=2,S=2",
  fc: "N=2,M=4,C=2,H=2,W=2",
  depthwise: "C=3,H=5,W=5,R=3,S=3,Z=1",
  deconv: "M=2,C=3,H=3,W=3,R=3,S=3,U=2,Z=1,A=1",
  deconv1d: "M=2,C=4,G=2,H=3,R=3,U=2",
  deconv3d: "M=1,C=2,L=2,H=2,W=2,T=2,R=2,S=2",
  gemm: "M=3,N=4,K=5,B=2",
  matmul: "M=3,N=2,K=2,B=2",
  "attention-scores": "B=2,H=2,M=3,N=3,K=2",
  "attention-context": "B=2,H=2,M=3,N=3,K=2",
  "max-pool": "N=2,C=2,H=5,W=5,R=3,S=3,U=2,Z=1",
  "max-pool1d": "C=2,H=6,R=2,U=2",
  "max-pool3d": "C=1,L=2,H=4,W=4,T=2,R=2,S=2,U=2",
  "average-pool": "C=2,H=5,W=5,R=3,S=3,U=2,Z=1,divide=inside",
  "average-pool1d": "C=2,H=6,R=2,U=2,divide=window",
  "average-pool3d": "C=1,L=2,H=4,W=4,T=2,R=2,S=2,U=2",
  "lp-pool": "C=2,H=4,W=4,R=2,S=2,U=2,p=2",
  "global-lp-pool": "C=2,H=3,W=3,p=3",
  "reduce-sum": "N=2,C=4",
  "reduce-max": "N=2,C=4",
  "reduce-min": "N=2,C=4",
  "reduce-product": "N=2,C=4",
  "reduce-mean": "N=2,C=4",
  "layer-norm": "N=2,C=5",
  "group-norm": "N=2,G=2,C=4,H=2,W=2",
  lrn: "C=5,H=2,W=1,K=3,alpha=0.5,bias=2",
  softmax: "N=2,C=4",
  "log-softmax": "N=2,C=4",
  nll: "N=2,C=4",
  "cross-entropy": "N=2,C=4",
  "quadratic-loss": "N=2,C=4",
  rnn: "N=2,I=3,H=2",
  lstm: "N=2,I=3,H=2",
  gru: "N=2,I=3,H=2",
  unpool: "N=1,C=2,H=2,W=3,U=2",
  "max-unpool": "N=1,C=2,H=2,W=3,U=2",
  "upsample-nearest": "N=1,C=2,H=2,W=3,U=2",
  "upsample-linear": "N=1,C=2,H=3,W=2,U=2",
};
/** Kinds that are defined (or smooth) for positive words only. */
const POSITIVE = ["log", "power", "absolute-power", "lp-pool", "global-lp-pool"];

function layersOf(kind: string): readonly Layer[] {
  const { layers } = unwrapped(parseInlineLayer(`${kind}:${OTHERS[kind] ?? IMAGE}`));
  return layers.map((layer) => ({ ...layer, einsum: einsumWithTypes(layer.einsum, "float64") }));
}

describe("gradients of every kind of layer", () => {
  for (const kind of kindNames)
    it(`${kind}: with respect to each of its inputs, against finite differences`, () => {
      const layers = layersOf(kind);
      const graph = graphOfLayers(kind, layers);
      const given = new Map(
        graph.inputs.map(({ name, shape }, i) => [name, float(shape, words(shape, i + 1, POSITIVE.includes(kind)))]),
      );
      expectGradients(graph, graph.outputs[0]?.name ?? "", given, [...given.keys()]);
      for (const layer of layers) expect(gradients(layer).length).to.be.at.least(inputsOf(layer.einsum).length);
    });

  it("a recurrent cell that runs twice: the gradients of its weights are summed over the steps", () => {
    const once = layersOf("lstm");
    const shared = ["Weights", "Recurrence", "Bias"];
    const after: Readonly<Record<string, string>> = { "Hidden.2": "Outputs.1", "OldCell.2": "Cell.1" };
    const unrolled = [1, 2].flatMap((step) =>
      once.map((layer): Layer => {
        const named = (name: string): string =>
          shared.includes(name) ? name : (after[`${name}.${step}`] ?? `${name}.${step}`);
        const { einsum } = layer;
        const { start } = einsum.operation;
        const operation = start === "identity" ? {} : { start: { tensor: named(start.tensor) } };
        const tensors = einsum.tensors.map((tensor) => ({ ...tensor, name: named(tensor.name) }));
        return {
          ...layer,
          name: `${layer.name}.${step}`,
          einsum: { ...einsum, tensors, operation: { ...einsum.operation, ...operation } },
        };
      }),
    );
    const graph = graphOfLayers("lstm twice", unrolled);
    const given = new Map(graph.inputs.map(({ name, shape }, i) => [name, float(shape, words(shape, i + 1, false))]));
    expect([...given.keys()].filter((name) => shared.includes(name))).to.have.members(shared);
    expectGradients(graph, "Outputs.2", given, [...given.keys()]);
  });

  it("a maximum's ties: the first of equal words takes all", () => {
    const layer = layerFrom("max-pool:C=1,H=2,W=2,R=2,S=2");
    const names = gradients(layer).map((derived) => derived.einsum.tensors.map(({ name }) => name));
    expect(names).to.deep.equal([["dOutputs", "Routes", "dInputs"]]);
  });
});
