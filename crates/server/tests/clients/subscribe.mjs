// Subscribes with the npm package graphql-ws, as a front end would.
//
//   node subscribe.mjs ws://127.0.0.1:8080/graphql/ws ACCESS_TOKEN
//
// Each line of standard input is an operation {"id", "query", "operationName"?, "variables"?, "extensions"?}. Each line
// of standard output is a message of an operation, {"id", "next": result}, {"id", "error": …} or {"id", "complete":
// true}, or {"closed": code} when the connection is lost permanently. The program exits at the end of its input.
import { createInterface } from "node:readline";
import { createClient } from "graphql-ws";
import WebSocket from "ws";

const tell = (line) => process.stdout.write(`${JSON.stringify(line)}\n`);

const client = createClient({
  url: process.argv[2],
  connectionParams: { authorization: `Bearer ${process.argv[3]}` },
  webSocketImpl: WebSocket,
  lazy: false,
  retryAttempts: 0,
  onNonLazyError: (error) => tell({ closed: error.code ?? String(error) }),
});
client.on("connected", () => tell({ connected: true }));

for await (const line of createInterface({ input: process.stdin })) {
  const { id, ...operation } = JSON.parse(line);
  client.subscribe(operation, {
    next: (result) => tell({ id, next: result }),
    error: (error) => tell({ id, error: error.message ?? error }),
    complete: () => tell({ id, complete: true }),
  });
}
await client.dispose();
