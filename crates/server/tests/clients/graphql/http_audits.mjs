// Runs the audits of the package graphql-http, which check a server against the specification GraphQL over HTTP.
import assert from "node:assert/strict";
import { auditServer } from "graphql-http";
import { graphqlUrl, logIn } from "./server.mjs";

const authorization = `Bearer ${await logIn()}`;
const results = await auditServer({
  url: graphqlUrl,
  fetchFn: (url, { headers, ...init } = {}) => fetch(url, { ...init, headers: { ...headers, authorization } }),
});
assert.ok(results.length > 50, `only ${results.length} audits`);
const failures = results.filter(({ status }) => status !== "ok");
for (const { id, name, status, reason } of failures) console.error(`${status} ${id} ${name}: ${reason}`);
assert.equal(failures.length, 0);
