// How GraphiQL asks: queries and mutations by POST, subscriptions over graphql-transport-ws, all of this host. Whoever
// is logged in asks, unless an authorization stands under Headers.
import { createGraphiQLFetcher } from '@graphiql/toolkit';
import { createClient } from 'graphql-ws';
import { authorizedFetch, freshToken, pauseMs, user, watch } from '/assets/session.js';

const SOCKET = `${location.origin.replace('http', 'ws')}/graphql/ws`, FORBIDDEN = 4403;
const wait = (ms) => new Promise((wake) => { setTimeout(wake, ms); });

/** Browsers give sockets no headers of ours, so who asks stands in the payload of `connection_init`. */
const authorizedBy = (authorization) => createClient({
  url: SOCKET,
  connectionParams: { authorization },
  shouldRetry: ({ code }) => code !== undefined && code !== FORBIDDEN,
});

function authorizedBySession() {
  let shown, refused;
  return createClient({
    url: SOCKET,
    async connectionParams() { // asked again whenever the socket is closed, which it is when its token expires
      shown = await freshToken(refused);
      return shown ? { authorization: `Bearer ${shown}` } : {};
    },
    shouldRetry: () => user() !== undefined,
    retryWait: (retries) => wait(pauseMs(retries)),
    on: { closed: ({ code }) => { refused = code === FORBIDDEN ? shown : undefined; } },
  });
}

let bySession = authorizedBySession();
watch({
  left() { // its subscriptions are complete
    bySession.dispose().catch(() => {}); // a connection that fails is over as well
    bySession = authorizedBySession();
  },
});

export function fetcher(request, options) {
  const [, given] = Object.entries(options?.headers ?? {}).find(([name]) => /^authorization$/i.test(name)) ?? [];
  const wsClient = given ? authorizedBy(given) : bySession;
  const http = { url: '/graphql', fetch: authorizedFetch, enableIncrementalDelivery: false };
  return createGraphiQLFetcher({ ...http, wsClient })(request, options);
}
