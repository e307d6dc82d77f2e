/** A case of ONNX' test-suite whose expected outputs were computed otherwise than the model and the standard's text say. */
export interface Erratum {
  /** The name of the model's graph. */
  readonly graph: string;
  readonly reason: string;
}

const WRAPS = "expected words wrap round at 8 bits, where the operator's text says that they saturate";

/** Mistakes in the data of ONNX 1.17's test-suite (onnx/backend/test/case/node: adam.py, qlinearmatmul.py). */
export const errata: readonly Erratum[] = [
  {
    graph: "test_adam_multiple",
    reason: "expected words were computed with epsilon = 0.01, which the model leaves at its default of 0.000001",
  },
  { graph: "test_qlinearmatmul_2D_int8_float16", reason: WRAPS },
  { graph: "test_qlinearmatmul_2D_int8_float32", reason: WRAPS },
  { graph: "test_qlinearmatmul_3D_int8_float16", reason: WRAPS },
  { graph: "test_qlinearmatmul_3D_int8_float32", reason: WRAPS },
];

/** What is known against the case with the model's graph; null where nothing is. */
export const erratumOf = (graph: string | undefined): Erratum | null =>
  errata.find((erratum) => erratum.graph === graph) ?? null;
