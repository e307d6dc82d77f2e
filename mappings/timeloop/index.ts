export type { TimeloopFile } from "./documents.js";
export { importTimeloop, type TimeloopDesign } from "./import.js";
