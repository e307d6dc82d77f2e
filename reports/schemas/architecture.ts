import { CLASS_NAMES } from "../../arch-specs/index.js";
import {
  closed,
  DIALECT,
  figure,
  list,
  name,
  named,
  type Properties,
  type Schema,
  tensors,
  text,
  word,
} from "./parts.js";

const perAxis = (said: string, otherwise: string): Schema => ({
  description: said,
  default: otherwise,
  anyOf: [
    tensors("for both axes"),
    closed("axis by axis; an axis left out has none", { x: tensors("along x"), y: tensors("along y") }),
  ],
});

const technology = figure("the node: estimators scale their figures to it, from 7 nm to 130 nm", "45 nm");
const voltage = figure("the supply voltage, 0.5 V to 1.5 V (0.9 V)", "0.9 V");
const componentClass: Schema = {
  type: "string",
  description:
    "what it is made of: an estimator's class, or a component of this file; fills in the figures that are left out",
  examples: CLASS_NAMES,
};
const instances = figure("how many there are in all; checked against the fan-outs above");
const area = figure("of one instance, in µm² (0: unknown)", "0.5 mm2");
const leak = figure("leakage of one instance: pJ a cycle, or a power", "0.01 pJ/cycle", "2 mW");
const laneLeak = figure("leakage of one lane: pJ a cycle, or a power", "0.01 pJ/cycle", "2 mW");
const access = (what: string): Schema =>
  figure(`pJ ${what}, of block words; or a word, or a bit`, "6 pJ", "0.4 pJ/bit");

const energies: Properties = {
  read: access("a read"),
  write: access("a write"),
  update: access("an update (that of a write)"),
  leak,
};

const storage: Properties = {
  storage: name("a storage level: its name"),
  word: figure("bits of a word (that of the storage above; 16 bit)", "16 bit"),
  capacity: {
    description: "of one instance (unlimited): words, bits or bytes, shared by all tensors or split, tensor by tensor",
    anyOf: [
      figure("shared", "108 KiB", 65536),
      named("tensor by tensor; what is not named has none", figure("its share", "12")),
    ],
  },
  block: figure("words moved by one access (1)", "4 word"),
  reuse: word("what a tile that moves keeps of the words it held", ["slide", "overlap", "none"], "slide"),
  keeps: tensors("what must be stored here"),
  mayKeep: tensors("what may be stored here, as the mapping likes"),
  bypasses: tensors("what is never stored here"),
  energy: closed("energies of one instance", energies),
  leak,
  bandwidth: {
    description: "of one instance (unlimited): words, bits or bytes a cycle, or a second",
    anyOf: [
      figure("shared by reads and writes", "4 word/cycle", "25.6 GB/s"),
      closed("port by port", {
        read: figure("reads and drains", "4 word/cycle"),
        write: figure("fills and updates", "4 word/cycle"),
        shared: figure("all of them together", "4 word/cycle"),
      }),
    ],
  },
  latency: {
    description: "cycles from a request to its first word (0)",
    anyOf: [
      figure("of reads and of writes", "10 cycle"),
      closed("port by port", { read: figure("of reads", "10 cycle"), write: figure("of writes", "2 cycle") }),
    ],
  },
  buffering: word(
    "double: the next tile comes while this one is in use, and a mapping may use half of the capacity",
    ["single", "double"],
    "single",
  ),
  ports: figure("read/write ports, for estimates"),
  area,
  instances,
  class: componentClass,
  type: text("of a DRAM: which kind; stands in for the class"),
  technology,
  voltage,
  banks: figure("banks, of which an access reaches one (1), for estimates"),
};

const fanout: Properties = {
  fanout: name("a mesh of instances of everything below: its name"),
  x: figure("instances along x (1)", 14),
  y: figure("instances along y (1)", 12),
  multicast: perAxis("tensors of which one read serves all instances that ask for the same words", "all"),
  reduction: perAxis("tensors whose equal outputs are added up on the way up, and written once", "all"),
  links: perAxis("tensors that neighbours pass on to each other", "none"),
  bandwidth: figure("words a cycle that one instance above sends in, or takes out (unlimited)", "16 word/cycle"),
  latency: figure("cycles on the way, or a hop where neighbours pass words on (0)", "1 cycle"),
  systolic: closed(
    "a systolic array: what is multicast or reduced along an axis goes from neighbour to neighbour, a hop a cycle",
    {
      drain: word(
        "how complete outputs leave: through the columns, a row a cycle, or at no time",
        ["columns", "none"],
        "columns",
      ),
    },
  ),
  energy: closed("energies of the links", { hop: figure("pJ a word and link", "2 pJ", "0.1 pJ/bit"), leak }),
  leak,
  area,
  instances,
  class: componentClass,
  technology,
  voltage,
  length: figure("of a hop, for estimates", "0.35 mm"),
};

const compute: Properties = {
  compute: name("the compute units, innermost: their name"),
  energy: {
    description: "pJ an operation",
    anyOf: [figure("an operation", "1 pJ"), closed("", { operation: figure("an operation", "1 pJ"), leak })],
  },
  leak,
  operationsPerCycle: figure("operations that one unit begins in a cycle (1)"),
  latency: figure("pipeline depth (0)", "3 cycle"),
  area,
  instances,
  class: componentClass,
  technology,
  voltage,
  width: figure("bits of an operand (the storage's word), for estimates", "8 bit"),
  accumulator: figure("bits of a sum (32 bit, or twice the width), for estimates", "24 bit"),
};

const part: Schema = closed(
  "a part of a composed component",
  {
    class: componentClass,
    type: text("of a DRAM: which kind"),
    technology,
    voltage,
    capacity: figure("in bits or bytes", "8 KiB"),
    access: figure("bits of an access", "64 bit"),
    ports: figure("read/write ports (1)"),
    banks: figure("banks (1)"),
    width: figure("bits of an operand", "16 bit"),
    accumulator: figure("bits of a sum", "32 bit"),
    length: figure("of a wire", "0.35 mm"),
  },
  ["class"],
);

const action = (what: string): Schema =>
  figure(`pJ ${what}; may name actions of parts: storage.read + adder.compute`, "3 pJ");
const component: Schema = closed(
  "a component of the user's own: a table of figures, or composed of parts",
  {
    source: text("where its figures come from"),
    parts: named("its parts, by the names that its actions use", part),
    actions: closed("energies", {
      read: action("a read"),
      write: action("a write"),
      update: action("an update"),
      compute: action("an operation"),
      transfer: action("a word and hop"),
    }),
    leak: figure("leakage (the sum of the parts')", "0.002 pJ/cycle"),
    area: figure("area (the sum of the parts')", "0.02 mm2"),
  },
  ["actions"],
);

/** Architecture files: docs/formats-architecture.md. */
export const architectureSchema: Schema = {
  $schema: DIALECT,
  title: "Loopwright architecture: the levels of an accelerator, outermost first, ending in compute",
  ...closed(
    "an architecture file",
    {
      name: name("what reports call it (the file's name)"),
      source: text("where its figures come from"),
      clock: figure("a frequency (1 GHz)", "200 MHz"),
      technology,
      voltage,
      variables: named(
        "names with values: numbers, figures with units, expressions over other variables; --set NAME=VALUE replaces one",
        figure("its value", 12, "108 KiB", "2 * rows"),
      ),
      vector: closed(
        "the unit that runs light layers word by word beside the array",
        {
          name: name("what reports call it (vector)"),
          at: name("the storage that it reads from and writes to"),
          lanes: figure("operations a cycle", 16),
          energy: {
            description: "pJ an operation, or one figure each for operations and activations",
            anyOf: [
              figure("pJ an operation", "0.1 pJ"),
              closed("pJ each", {
                operation: figure("pJ an addition, multiplication or comparison", "0.1 pJ"),
                activation: figure("pJ an activation or division (as operation)", "0.4 pJ"),
                leak: laneLeak,
              }),
            ],
          },
          leak: laneLeak,
          area: figure("area of one lane", "300 um2"),
          class: componentClass,
          ...{ technology, voltage },
          width: figure("bits of an operand (those of a word at its storage), for estimates", "16 bit"),
          accumulator: compute["accumulator"] ?? {},
        },
        ["at", "lanes"],
      ),
      components: named("components of the user's own, by name", component),
      levels: list("the levels, outermost first", {
        anyOf: [
          closed("a storage level", storage, ["storage"]),
          closed("a fan-out", fanout, ["fanout"]),
          closed("the compute level", compute, ["compute"]),
        ],
      }),
    },
    ["levels"],
  ),
};
