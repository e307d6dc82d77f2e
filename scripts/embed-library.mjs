// Turns every library/*.yaml of a room into one TypeScript module of texts, so that the rooms need no file system.
import { existsSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";

for (const room of ["workloads", "arch-specs", "mappings"]) {
  const folder = join(room, "library");
  const names = existsSync(folder)
    ? readdirSync(folder)
        .filter((name) => name.endsWith(".yaml"))
        .sort()
    : [];
  const entries = names.map((name) => {
    const text = readFileSync(join(folder, name), "utf8");
    return `  [${JSON.stringify(name.slice(0, -".yaml".length))}, ${JSON.stringify(text)}],`;
  });
  const module = [
    `/** The texts of ${room}/library, by name. Made by scripts/embed-library.mjs; do not edit. */`,
    "export const library: ReadonlyMap<string, string> = new Map<string, string>([",
    ...entries,
    "]);",
    "",
  ].join("\n");
  const target = join(room, "library.generated.ts");
  if (!existsSync(target) || readFileSync(target, "utf8") !== module) writeFileSync(target, module);
}
