import type { Study } from "./recorded.js";

/** AlexNet as the ISCA 2016 paper compares dataflows on it, on the same hardware for all. */
export const SAME_HARDWARE: Study = {
  name: "isca16",
  workload: "alexnet-b16.yaml",
  architectures: ["eyeriss-isca16"],
  dataflows: ["rs", "ws", "os", "is", "nlr", "rs-sets.yaml", "rs-sets-io.yaml", "rs-sets-o.yaml"],
  layers: "*",
  objective: "energy",
};

/** The same, where the dataflows that need little in the elements have the storage in the buffer instead. */
export const SAME_STORAGE: Study = {
  name: "isca16-one-word",
  workload: "alexnet-b16.yaml",
  architectures: ["isca16-one-word.yaml"],
  dataflows: ["ws", "os", "is", "nlr"],
  layers: "*",
  objective: "energy",
};

/** The fully connected layers at larger batches, where the filters' one way from DRAM weighs less. */
export const LARGER_BATCHES: readonly (readonly [batch: number, Study])[] = [64, 256].map((batch) => [
  batch,
  {
    name: `fc-b${batch}`,
    workload: `alexnet-fc-b${batch}.yaml`,
    architectures: ["eyeriss-isca16"],
    dataflows: ["rs-sets.yaml", "rs-sets-io.yaml", "rs-sets-o.yaml", "ws", "os", "is", "nlr"],
    layers: "*",
    objective: "energy",
  },
]);

export const STUDIES: readonly Study[] = [SAME_HARDWARE, SAME_STORAGE, ...LARGER_BATCHES.map(([, study]) => study)];
