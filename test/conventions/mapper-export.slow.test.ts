import { expect } from "chai";
import { builtInArchitecture } from "../../arch-specs/index.js";
import { search } from "../../mapper/index.js";
import { exportTimeloop } from "../../mappings/index.js";
import { predict } from "../../sim/model/index.js";
import { price } from "../../sim/pricing/index.js";
import { builtInWorkload } from "../../workloads/index.js";
import { sameAfterwards } from "./round-trip.js";

const LAYERS = {
  vgg16: ["conv1_1", "conv1_2", "conv3_1", "conv5_1"],
  resnet18: ["conv1", "conv2_1", "conv3_1", "conv4_2"],
};

/** What Timeloop has no words for (docs/coming-from-timeloop.md), of all that the mapper may answer here. */
const UNSPOKEN = /along diagonals|would have to change places, which changes what overlaps/;

describe("the mapper's answers, written for Timeloop", () => {
  const architecture = builtInArchitecture("eyeriss");
  if (architecture === undefined || !architecture.ok) throw new Error("no eyeriss");
  for (const [name, wanted] of Object.entries(LAYERS))
    for (const layer of builtInWorkload(name)?.layers.filter((l) => wanted.includes(l.name)) ?? [])
      it(`evaluate to the same, or have no words there: ${name} ${layer.name}`, () => {
        // Any answer will do: the search ends with its first.
        const { mapping } = search(layer, architecture.value, {
          ...{ objective: { name: "energy", energyPower: 1, delayPower: 0 }, dataflow: null, gap: 0.5 },
          costOf: (legal) => price(predict(legal), legal),
          ...{ cancelled: () => true, progress: () => undefined },
        });
        if (mapping === null) throw new Error("no mapping");
        const result = exportTimeloop(mapping);
        if (result.ok) sameAfterwards(mapping, layer.name);
        else for (const { message } of result.errors) expect(message).to.match(UNSPOKEN);
      });
});
