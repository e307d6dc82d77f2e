import { DIALECT, list, named, type Schema, text } from "./parts.js";

const energy: Schema = { type: "number", minimum: 0, description: "pJ, of one instance" };
/** Accelergy writes more than is read here. */
const open = (said: string, properties: Readonly<Record<string, Schema>>, required: readonly string[]): Schema => ({
  type: "object",
  description: said,
  properties,
  required,
});

const table = (said: string, properties: Readonly<Record<string, Schema>>): Schema =>
  open(
    said,
    {
      version: { type: ["string", "number"], description: "of the format" },
      tables: list("one table a component", open("a component", properties, Object.keys(properties))),
    },
    ["tables"],
  );

const component = text(
  "its path; the last name is that of the level, a range [1..N] is left out: system.chip.PE[1..168]",
);

/** Accelergy's energy and area reference tables, one of them or both in a file, as far as they are read. */
export const referenceTablesSchema: Schema = {
  $schema: DIALECT,
  title: "Accelergy's reference tables: energies and areas of components",
  type: "object",
  properties: {
    ERT: table("the energy reference table", {
      name: component,
      actions: list(
        "energies, action by action; of several entries of one name the dearest counts",
        open(
          "an action",
          {
            name: text("read, write, update, leak; of a fan-out transfer; of compute units compute or mac"),
            arguments: named("what the entry is for", {}),
            energy,
          },
          ["name", "energy"],
        ),
      ),
    }),
    ART: table("the area reference table", {
      name: component,
      area: { type: "number", minimum: 0, description: "µm², of one instance" },
    }),
  },
  anyOf: [{ required: ["ERT"] }, { required: ["ART"] }],
};
