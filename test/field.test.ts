import { expect } from "chai";
import { alexnet, reportOf, type Schedule, scheduleOf } from "../bench/field/nn-dataflow.js";
import { NN_DATAFLOW } from "../bench/field/peers.js";
import { builtIn } from "../bench/search.js";

/** An energy of the buffer in MACs. */
const BUFFER = 6;
/** Of a word and element of the array. */
const HOP = 2;

describe("nn_dataflow's best schedule of AlexNet as loop trees", () => {
  const schedules: ReadonlyMap<string, Schedule> = new Map(alexnet().map((layer) => [layer.name, scheduleOf(layer)]));

  it("takes the words of DRAM and of the buffer, and the cycles, that nn_dataflow reports", () => {
    expect([...schedules.keys()]).to.deep.equal([...NN_DATAFLOW.keys()]);
    for (const [name, schedule] of schedules) {
      const { dram, buffer, cycles } = reportOf(schedule);
      const theirs = NN_DATAFLOW.get(name);
      expect({ dram, buffer, cycles }, name).to.deep.equal({
        dram: theirs?.dram,
        buffer: theirs?.buffer,
        cycles: theirs?.cycles,
      });
    }
  });

  it("moves its words over the array, but for elements that have no work", () => {
    for (const [name, schedule] of schedules) {
      const ours = reportOf(schedule).network;
      const theirs = NN_DATAFLOW.get(name)?.network ?? 0;
      // nn_dataflow counts a 56th row of conv1's 55 (four times 14), in 11 elements, and 128 places for fc3's 125 times 8 filters.
      if (name === "conv1") expect(theirs - ours).to.equal(11 * (4 * 288 * 11 + 2 * 48 * 227 + 16 * 96 * 55));
      else if (name === "fc3") expect(theirs - ours).to.equal((128 - 125) * 65_536);
      else expect(ours, name).to.equal(theirs);
    }
  });

  it("costs what nn_dataflow says, and finished sums on their way out of the buffer", () => {
    for (const [name, schedule] of schedules) {
      const theirs = NN_DATAFLOW.get(name);
      const ours = reportOf(schedule);
      const hops = HOP * ((theirs?.network ?? 0) - ours.network);
      const [, buffer] = schedule.evaluation.levels;
      const drains = BUFFER * (buffer?.tensors.reduce((sum, tensor) => sum + tensor.drains, 0) ?? 0);
      expect(ours.energy + hops - drains, name).to.equal(theirs?.energy);
    }
  });

  it("keeps more in the register files of conv1 to conv5 than they have room for", () => {
    const [, , , file] = builtIn("eyeriss-isca16").levels;
    const room = file?.kind === "storage" && file.capacity?.kind === "shared" ? file.capacity.words : 0;
    expect(room).to.equal(256);
    const over = [...schedules].flatMap(([name, { registers }]) => (registers > room ? [`${name} ${registers}`] : []));
    expect(over).to.deep.equal(["conv1 2835", "conv2 1898", "conv3 866", "conv4 866", "conv5 1442"]);
  });
});
