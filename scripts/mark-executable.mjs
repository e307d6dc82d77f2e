// npx marks the program executable when it first meets it, but not again after it was built anew.
import { chmodSync } from "node:fs";

chmodSync(new URL("../dist/cli/main.js", import.meta.url), 0o755);
