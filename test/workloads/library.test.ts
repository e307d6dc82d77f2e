import { readFileSync } from "node:fs";
import { join } from "node:path";
import { expect } from "chai";
import { format } from "../../base/index.js";
import {
  allLayersOf,
  builtInWorkload,
  type Layer,
  macsOf,
  parametersOf,
  sameShape,
  selectLayers,
  shapeKey,
  type Workload,
  workloadNames,
} from "../../workloads/index.js";

interface Published {
  readonly parameters?: number;
  readonly weights?: number;
  readonly gigaMacs?: number;
  readonly macs?: number;
  readonly convMacs?: number;
  readonly fcMacs?: number;
  readonly source: string;
}
const oracle = join("test", "oracles", "published", "networks.json");
const { networks }: { networks: Record<string, Published[]> } = JSON.parse(readFileSync(oracle, "utf8"));

function named(name: string): Workload {
  const workload = builtInWorkload(name);
  if (workload === undefined) throw new Error(`no workload ${name}`);
  return workload;
}
const sum = (layers: readonly Layer[], of: (layer: Layer) => number): number =>
  layers.reduce((total, layer) => total + of(layer) * layer.repeat, 0);

describe("built-in networks", () => {
  for (const name of workloadNames)
    it(`${name} says its source and names its layers apart`, () => {
      const { layers, source, name: own } = named(name);
      expect(own).to.equal(name);
      expect(source).to.have.length.above(20);
      expect(new Set(layers.map((layer) => layer.name)).size).to.equal(layers.length);
    });
  for (const [name, figures] of Object.entries(networks))
    for (const published of figures)
      it(`${name} has the published figures (${published.source})`, () => {
        const { layers } = named(name);
        const trained = allLayersOf(named(name));
        const ofKind = (kind: string): readonly Layer[] => layers.filter((layer) => layer.kind === kind);
        const macs = (some: readonly Layer[]): number => sum(some, (layer) => macsOf(layer.einsum));
        const weights = sum(trained, (layer) => parametersOf(layer).weights);
        const found: Partial<Published> = {
          parameters: weights + sum(trained, (layer) => parametersOf(layer).biases),
          weights,
          gigaMacs: Math.round(macs(layers) / 1e6) / 1e3,
          macs: macs(layers),
          convMacs: macs(ofKind("conv")),
          fcMacs: macs(ofKind("fc")),
          source: published.source,
        };
        for (const [key, value] of Object.entries(published)) expect(found, key).to.have.property(key, value);
      });
  it("recognise equal shapes", () => {
    const { layers } = named("vgg16");
    const [, , , , , conv3_2, conv3_3, conv4_1] = layers;
    if (conv3_2 === undefined || conv3_3 === undefined || conv4_1 === undefined) throw new Error("vgg16 is too short");
    expect(sameShape(conv3_2, conv3_3)).to.equal(true);
    expect(sameShape(conv3_2, conv4_1)).to.equal(false);
    expect(new Set(named("resnet50").layers.map(shapeKey)).size).to.equal(24);
  });
  it("are no name that was not built in", () => {
    expect(builtInWorkload("vgg61")).to.equal(undefined);
  });
});

describe("selectLayers", () => {
  const chosen = (patterns: string[]): string => {
    const result = selectLayers(named("vgg16"), patterns);
    return result.ok ? result.value.layers.map((layer) => layer.name).join(" ") : result.errors.map(format).join("\n");
  };
  it("takes names and globs, in the workload's order", () => {
    expect(chosen(["conv3_1"])).to.equal("conv3_1");
    expect(chosen(["fc*", "conv3_*"])).to.equal("conv3_1 conv3_2 conv3_3 fc6 fc7 fc8");
    expect(chosen(["conv{1,2}_1", "fc[67]"])).to.equal("conv1_1 conv2_1 fc6 fc7");
  });
  it("tells what matches nothing", () => {
    expect(chosen(["conv3-1", "conv9*"]))
      .to.contain('no layer matches "conv3-1"')
      .and.contain('did you mean "conv3_1"?')
      .and.contain('"conv9*"');
  });
});
