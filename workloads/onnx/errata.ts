import type { AttributeProto, ModelProto } from "./proto.js";

/** A case of ONNX' test-suite whose expected outputs were computed otherwise than the model and the standard's text say. */
export interface Erratum {
  /** The name of the model's graph. */
  readonly graph: string;
  /** What its makers computed with, as an attribute that the model's node does not have. */
  readonly attribute: AttributeProto;
  readonly reason: string;
}

const nothing = { floats: [], ints: [], strings: [] };
const WRAPS = {
  attribute: { name: "wrap", type: 2, i: 1, ...nothing },
  reason: "expected words wrapped round at 8 bits, where the operator's text says that they saturate",
};

/** Mistakes in the data of ONNX 1.17's test-suite (onnx/backend/test/case/node: adam.py, qlinearmatmul.py). */
export const errata: readonly Erratum[] = [
  {
    graph: "test_adam_multiple",
    attribute: { name: "epsilon", type: 1, f: 1e-2, ...nothing },
    reason: "expected words were computed with epsilon = 0.01, which the model leaves at its default of 0.000001",
  },
  { graph: "test_qlinearmatmul_2D_int8_float16", ...WRAPS },
  { graph: "test_qlinearmatmul_2D_int8_float32", ...WRAPS },
  { graph: "test_qlinearmatmul_3D_int8_float16", ...WRAPS },
  { graph: "test_qlinearmatmul_3D_int8_float32", ...WRAPS },
];

/** The model as its makers computed it, and what was changed; the model itself where nothing is known against it. */
export function corrected(model: ModelProto): { readonly model: ModelProto; readonly erratum: Erratum | null } {
  const erratum = errata.find(({ graph }) => graph === model.graph?.name) ?? null;
  if (erratum === null || model.graph === undefined) return { model, erratum: null };
  const node = model.graph.node.map((one) => ({ ...one, attribute: [...one.attribute, erratum.attribute] }));
  return { model: { ...model, graph: { ...model.graph, node } }, erratum };
}
