import { closed, DIALECT, list, name, named, names, type Schema, tensors, whole, word } from "./parts.js";

const node: Schema = {
  description: "a node of the loop tree",
  anyOf: [
    closed("tensors that live in a level from here down", { keep: names("the tensors"), in: name("the level") }, [
      "keep",
      "in",
    ]),
    closed("a loop in time", { for: name("the rank variable"), by: whole("the extent of the tiles left below") }, [
      "for",
      "by",
    ]),
    closed(
      "a loop over instances side by side",
      {
        spatial: name("the rank variable"),
        by: whole("the extent of the tiles left below"),
        axis: word("along which axis", ["x", "y"]),
        in: name("the fan-out, where more than one can stand here"),
      },
      ["spatial", "by", "axis"],
    ),
  ],
};

/** A loop tree, outermost node first, as files and results have it. */
export const nodesSchema: Schema = list("the nodes of the loop tree, outermost first", node);

/** Mapping files: docs/formats-mapping.md. */
export const mappingSchema: Schema = {
  $schema: DIALECT,
  title: "Loopwright mapping: how a layer runs on an architecture, as a loop tree",
  anyOf: [closed("a mapping file", { mapping: nodesSchema }, ["mapping"]), nodesSchema],
};

const factors = (said: string): Schema => named(said, whole("iterations"));

/** Dataflow files: docs/formats-mapping.md. */
export const dataflowSchema: Schema = {
  $schema: DIALECT,
  title: "Loopwright dataflow: constraints on mappings, level by level",
  type: "object",
  description: "a dataflow file: its name, and a rule for each level or role (PE, PEs, @PE, @PEs)",
  properties: { dataflow: name("what reports call it") },
  required: ["dataflow"],
  additionalProperties: closed("the rule of a level; what is not constrained is free", {
    keeps: tensors("storage: these tensors are kept, all others bypass"),
    mayKeep: tensors("storage: these may be kept as well"),
    loopsBelow: names("storage: only these variables have loops below the level's first keep node"),
    order: names('storage: the order of its own loops, outermost first; "*" stands for those not listed'),
    factors: factors("the iterations of a variable's own loops, multiplied, are exactly this"),
    maxFactors: factors("the iterations of a variable's own loops, multiplied, are at most this"),
    x: names("fan-outs: only these variables have spatial loops along x"),
    y: names("fan-outs: only these variables have spatial loops along y"),
  }),
};
