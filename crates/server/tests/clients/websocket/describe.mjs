// The AsyncAPI document of /ws: valid for the AsyncAPI initiative's parser, the same in YAML and as served,
// and a source of TypeScript types that compile.
//
//   node websocket/describe.mjs ASYNCAPI_YAML http://127.0.0.1:8080 EMPTY_FOLDER
import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { copyFileSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { Parser } from "@asyncapi/parser";
import { compile } from "json-schema-to-typescript";
import yaml from "js-yaml";

const [file, server, folder] = process.argv.slice(2);
const text = readFileSync(file, "utf8");

const WARNING = 1;
const { document, diagnostics } = await new Parser().parse(text);
const faults = diagnostics.filter(({ severity }) => severity <= WARNING);
assert.deepEqual(faults, []);
assert.equal(document.operations().all().length, 16);

const described = yaml.load(text);
assert.deepEqual(await (await fetch(`${server}/api/asyncapi.json`)).json(), described);

const name = ({ $ref }) => $ref.split("/").at(-1);
const said = (action) =>
  Object.values(described.operations)
    .flatMap((operation) => [
      ...(operation.action === action ? operation.messages : []),
      ...(action === "send" ? (operation.reply?.messages ?? []) : []),
    ])
    .map(name);
const oneOf = (names) => ({ oneOf: [...new Set(names)].map((name) => ({ $ref: `#/definitions/${name}` })) });
const definitions = JSON.parse(
  JSON.stringify(described.components.schemas).replaceAll("#/components/schemas/", "#/definitions/"),
);
const schema = {
  type: "object",
  properties: { server: { $ref: "#/definitions/ServerMessage" }, client: { $ref: "#/definitions/ClientMessage" } },
  additionalProperties: false,
  definitions: { ...definitions, ServerMessage: oneOf(said("send")), ClientMessage: oneOf(said("receive")) },
};
writeFileSync(join(folder, "gateway.ts"), await compile(schema, "Gateway", { format: false }));
copyFileSync("websocket/picture.ts", join(folder, "picture.ts"));
const options = ["--noEmit", "--strict", "--target", "es2022", "--module", "es2022", "--moduleResolution", "bundler"];
execFileSync("npx", ["--no-install", "tsc", ...options, join(folder, "picture.ts")], { stdio: "inherit" });
