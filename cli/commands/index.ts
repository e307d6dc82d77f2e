import type { Command } from "../command.js";
import { check } from "./check.js";
import { diff } from "./diff.js";
import { evaluate } from "./evaluate.js";
import { exportFiles } from "./export.js";
import { importFiles } from "./import.js";
import { list } from "./list.js";

import { simulate } from "./simulate.js";

/** The verbs of the program, in the order of its help. */
export const commands: readonly Command[] = [evaluate, simulate, diff, importFiles, exportFiles, check, list];
