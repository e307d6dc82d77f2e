import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { expect } from "chai";
import { entriesOf, parseOnnx } from "../../workloads/index.js";
import { root } from "../cli/program.js";

const folder = join(root, "../shared/onnx/light");

/** Trained words and multiply-accumulates of networks as ONNX models hold them, with the published number of trained words that is the same. */
const networks: readonly (readonly [name: string, parameters: number, macs: number])[] = [
  ["inception_v1", 6_998_552, 1_431_556_352], // Caffe's bvlc_googlenet: 6,998,552 parameters
  ["resnet50", 25_557_032, 4_089_184_256], // torchvision's resnet50: 25,557,032 parameters
  ["squeezenet", 1_235_496, 349_151_936], // torchvision's squeezenet1_1: 1,235,496 parameters
  ["vgg19", 143_667_240, 19_632_062_464], // torchvision's vgg19: 143,667,240 parameters
  ["bvlc_alexnet", 60_965_224, 654_560_384], // Caffe's bvlc_alexnet: 60,965,224 parameters
];

if (existsSync(folder))
  describe("the table of an ONNX model", () => {
    for (const [name, parameters, macs] of networks)
      it(`has the trained words and operations of ${name}`, () => {
        const file = join(folder, `light_${name}.onnx`);
        const workload = parseOnnx(readFileSync(file), file);
        const entries = workload.ok ? entriesOf(workload.value) : [];
        const sum = (figure: (entry: (typeof entries)[number]) => number): number =>
          entries.reduce((total, entry) => total + figure(entry), 0);
        expect(sum(({ weights, biases }) => weights + biases)).to.equal(parameters);
        expect(sum((entry) => entry.macs)).to.equal(macs);
      });
  });
