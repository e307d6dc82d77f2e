import type { Attribute } from "../graph/types.js";
import type { AttributeProto } from "./proto.js";
import { knownOf } from "./tensors.js";

const text = (bytes: Uint8Array): string => new TextDecoder().decode(bytes);

/** The value of an attribute; undefined where it is a graph. */
export function attributeOf(proto: AttributeProto): Attribute | undefined | { readonly problem: string } {
  if (proto.t !== undefined) {
    const value = knownOf(proto.t);
    return typeof value === "string" ? { problem: value } : value;
  }
  switch (proto.type ?? inferred(proto)) {
    case 1:
      return proto.f ?? 0;
    case 2:
      return proto.i ?? 0;
    case 3:
      return text(proto.s ?? new Uint8Array());
    case 6:
      return proto.floats;
    case 7:
      return proto.ints;
    case 8:
      return proto.strings.map(text);
    default:
      return undefined;
  }
}

/** Old files do not say the type of an attribute. */
function inferred({ f, i, s, floats, ints, strings }: AttributeProto): number {
  if (f !== undefined) return 1;
  if (i !== undefined) return 2;
  if (s !== undefined) return 3;
  if (floats.length > 0) return 6;
  return ints.length > 0 ? 7 : strings.length > 0 ? 8 : 0;
}
