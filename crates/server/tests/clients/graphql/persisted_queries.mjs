// Persisted queries of Apollo Client and urql: the first request for a document falls back to the whole document, and
// later requests send only its hash. Checks POST and, because its responses can be cached, GET.
import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { ApolloClient, ApolloLink, HttpLink, InMemoryCache, gql } from "@apollo/client";
import { PersistedQueryLink } from "@apollo/client/link/persisted-queries";
import { Client, fetchExchange } from "@urql/core";
import { persistedExchange } from "@urql/exchange-persisted";
import { execute, graphqlUrl, logIn, registerForklifts } from "./server.mjs";

const token = await logIn();
const [id] = await registerForklifts(token, ["Persisted 1"]);
const sha256 = (text) => createHash("sha256").update(text).digest("hex");

/** Creates a fetch function that presents the token and records requests and responses. */
function recorder() {
  const requests = [];
  const recording = async (url, init = {}) => {
    const headers = new Headers(init.headers);
    headers.set("authorization", `Bearer ${token}`);
    const answer = await fetch(url, { ...init, headers });
    const sent = init.body ? JSON.parse(init.body) : Object.fromEntries(new URL(url).searchParams);
    requests.push({ method: init.method ?? "GET", hasQuery: Boolean(sent.query), status: answer.status });
    return answer;
  };
  return { requests, fetch: recording };
}

/** Sends three requests; the document may be sent only once. */
async function check(name, makeAsk) {
  const { requests, fetch } = recorder();
  const ask = makeAsk(fetch);
  for (let round = 0; round < 3; round += 1) assert.equal(await ask(), "Persisted 1", name);
  assert.deepEqual(
    requests.map(({ hasQuery, status }) => [hasQuery, status]),
    [
      [false, 200],
      [true, 200],
      [false, 200],
      [false, 200],
    ],
    `${name}: ${JSON.stringify(requests)}`,
  );
  return requests;
}

const apollo = (document, useGETForHashedQueries) => (fetch) => {
  const client = new ApolloClient({
    cache: new InMemoryCache(),
    link: ApolloLink.from([
      new PersistedQueryLink({ sha256, useGETForHashedQueries }),
      new HttpLink({ uri: graphqlUrl, fetch }),
    ]),
  });
  return async () => {
    const { data, error } = await client.query({ query: document, variables: { id }, fetchPolicy: "no-cache" });
    assert.equal(error, undefined, String(error));
    return data.vehicle.name;
  };
};

const urql = (document, preferGetForPersistedQueries) => (fetch) => {
  const client = new Client({
    url: graphqlUrl,
    fetch,
    preferGetMethod: false,
    exchanges: [
      persistedExchange({ preferGetForPersistedQueries, generateHash: async (text) => sha256(text) }),
      fetchExchange,
    ],
  });
  return async () => {
    const { data, error } = await client.query(document, { id }, { requestPolicy: "network-only" }).toPromise();
    assert.equal(error, undefined, String(error));
    return data.vehicle.name;
  };
};

await check("Apollo by POST", apollo(gql`query ApolloPost($id: ID!) { vehicle(id: $id) { id name } }`, false));
const byGet = await check("Apollo by GET", apollo(gql`query ApolloGet($id: ID!) { vehicle(id: $id) { id name } }`, true));
assert.equal(byGet.at(-1).method, "GET");
await check("urql by POST", urql("query UrqlPost($id: ID!) { vehicle(id: $id) { id name } }", false));
const get = await check("urql by GET", urql("query UrqlGet($id: ID!) { vehicle(id: $id) { id name } }", true));
assert.equal(get.at(-1).method, "GET");
await execute(token, "mutation($id: ID!) { deleteVehicle(id: $id) }", { id });
