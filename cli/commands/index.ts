import type { Command } from "../command.js";
import { check } from "./check.js";
import { compare } from "./compare.js";
import { diff } from "./diff.js";
import { estimate } from "./estimate.js";
import { evaluate } from "./evaluate.js";
import { exportFiles } from "./export.js";
import { importFiles } from "./import.js";
import { list } from "./list.js";
import { map } from "./map.js";
import { simulate } from "./simulate.js";
import { train } from "./train.js";

/** The verbs of the program, in the order of its help. */
export const commands: readonly Command[] = [
  ...[map, compare, simulate, evaluate, train],
  ...[estimate, diff, importFiles, exportFiles, check, list],
];
