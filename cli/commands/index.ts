import type { Command } from "../command.js";
import { check } from "./check.js";
import { list } from "./list.js";

/** The verbs of the program, in the order of its help. */
export const commands: readonly Command[] = [check, list];
