import { agreesWithRuntime } from "./light.js";

describe("large networks on the machine have in each tensor what onnxruntime has", () => {
  agreesWithRuntime({ name: "bvlc_alexnet", layers: 11, macs: 655_559_168, tensors: 24 });
  agreesWithRuntime({ name: "inception_v1", layers: 72, macs: 1_442_956_176, tensors: 144 });
  agreesWithRuntime({ name: "resnet50", layers: 56, macs: 4_091_090_944, tensors: 176 });
  agreesWithRuntime({ name: "zfnet512", layers: 11, macs: 1_484_651_936, tensors: 22 });
});
