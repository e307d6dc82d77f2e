import { agreesWithRuntime } from "./light.js";

describe("a network on the machine has in each tensor what onnxruntime has", () => {
  agreesWithRuntime({ name: "squeezenet", layers: 30, macs: 352_292_520, tensors: 66 });
});
