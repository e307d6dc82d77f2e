export type { TimeloopFile } from "./documents.js";
export { isEvenNest } from "./even.js";
export { exportTimeloop, type TimeloopExport } from "./export.js";
export { importTimeloop, type TimeloopDesign } from "./import.js";
export { asOwnFiles } from "./own-files.js";
