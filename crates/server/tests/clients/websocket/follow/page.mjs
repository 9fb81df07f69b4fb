import { readFileSync } from "node:fs";
import { Duplex } from "node:stream";
import { createInflateRaw } from "node:zlib";

/** Returns the functions that the page prints: `applyDelta`, and `decode` for `fleetwatch.v1.json.deflate`. */
export function functionsOf(file) {
  const page = readFileSync(file, "utf8");
  return { applyDelta: printed(page, "Deltas", "applyDelta"), decode: printed(page, "Smaller frames", "decode") };
}

function printed(page, section, name) {
  const [, text] = page.split(`\n## ${section}\n`);
  const [, code] = /```js\n([\s\S]*?)```/.exec(text.split("\n## ")[0]);
  return new Function("DecompressionStream", `${code}; return ${name};`)(RawStream);
}

/** DecompressionStream as browsers have it. Node.js 18 does not know the format deflate-raw. */
function RawStream(format) {
  try {
    return new DecompressionStream(format);
  } catch {
    return Duplex.toWeb(createInflateRaw());
  }
}
