// Bundles GraphiQL into dist/: one script, one style sheet, the licences of their contents, and compressed copies of
// all three. `just assets` installs the dependencies and runs this script.
import { readFile, readdir, writeFile } from 'node:fs/promises';
import { brotliCompressSync, constants, gzipSync } from 'node:zlib';
import { build } from 'esbuild';

const DIST = 'dist';
/** Licences that require no more than attribution. */
const LICENSES = ['0BSD', 'Apache-2.0', 'BSD-2-Clause', 'BSD-3-Clause', 'ISC', 'MIT'];

/** Removes the fonts, which make up most of GraphiQL's style sheet. The page uses system fonts instead. */
const withoutFonts = {
  name: 'without-fonts',
  setup({ onLoad }) {
    onLoad({ filter: /graphiql[\\/]dist[\\/]style\.css$/ }, async ({ path }) => {
      const style = await readFile(path, 'utf8');
      return { loader: 'css', contents: style.replace(/@font-face\s*\{[^}]*\}/g, '') };
    });
  },
};

async function bundle() {
  const { metafile, outputFiles } = await build({
    entryPoints: { bundle: 'full/main.jsx' },
    outdir: DIST,
    bundle: true,
    minify: true,
    format: 'esm',
    target: 'es2022',
    jsx: 'automatic',
    define: { 'process.env.NODE_ENV': '"production"' },
    external: ['/assets/*'], // the log-in, shared by all pages, is loaded from the server
    alias: { 'react-style-singleton': './full/style-singleton.js' },
    legalComments: 'none', // licenses.txt contains them in full
    plugins: [withoutFonts],
    metafile: true,
    write: false,
  });
  return { inputs: Object.keys(metafile.inputs), outputs: outputFiles };
}

/** Returns the folders of the packages in the bundle. */
function packagesOf(inputs) {
  const folders = inputs.map((input) => /^(.*node_modules\/(?:@[^/]+\/)?[^/]+)\//.exec(input)?.[1]);
  return [...new Set(folders.filter(Boolean))].sort();
}

async function licenseOf(folder) {
  const { name, version, license } = JSON.parse(await readFile(`${folder}/package.json`, 'utf8'));
  if (!LICENSES.includes(license)) throw new Error(`${name} ${version} is licensed under ${license}`);
  const file = (await readdir(folder)).find((entry) => /^licen[cs]e/i.test(entry));
  const text = file ? await readFile(`${folder}/${file}`, 'utf8') : 'The package does not include the text.';
  return `${name} ${version}: ${license}\n\n${text.trim()}\n`;
}

async function write(path, content) {
  const brotli = { params: { [constants.BROTLI_PARAM_SIZE_HINT]: content.length } };
  const [br, gz] = [brotliCompressSync(content, brotli), gzipSync(content, { level: 9 })];
  await Promise.all([writeFile(path, content), writeFile(`${path}.br`, br), writeFile(`${path}.gz`, gz)]);
  console.error(`${path}: ${content.length} bytes, ${gz.length} with gzip, ${br.length} with brotli`);
}

const { inputs, outputs } = await bundle();
const licenses = await Promise.all(packagesOf(inputs).map(licenseOf));
for (const { path, contents } of outputs) await write(`${DIST}/${path.split(/[\\/]/).at(-1)}`, contents);
await write(`${DIST}/licenses.txt`, Buffer.from(licenses.join(`\n${'-'.repeat(80)}\n\n`)));
