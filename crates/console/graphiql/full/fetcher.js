// GraphiQL's requests: queries and mutations over POST, subscriptions over graphql-transport-ws, all to this host. They
// are made as the current user, unless the Headers tab contains an authorization.
import { createGraphiQLFetcher } from '@graphiql/toolkit';
import { createClient } from 'graphql-ws';
import { authorizedFetch, freshToken, pauseMs, user, watch } from '/assets/session.js';

const SOCKET = `${location.origin.replace('http', 'ws')}/graphql/ws`, FORBIDDEN = 4403;
const wait = (ms) => new Promise((wake) => { setTimeout(wake, ms); });

/** Browsers can't set headers on sockets, so the payload of `connection_init` carries the token. */
const authorizedBy = (authorization) => createClient({
  url: SOCKET,
  connectionParams: { authorization },
  shouldRetry: ({ code }) => code !== undefined && code !== FORBIDDEN,
});

function authorizedBySession() {
  let shown, refused;
  return createClient({
    url: SOCKET,
    async connectionParams() { // called again after each close of the socket, such as on expiry of its token
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
  left() { // completes the subscriptions of the session
    bySession.dispose().catch(() => {}); // a failed connection has ended too
    bySession = authorizedBySession();
  },
});

export function fetcher(request, options) {
  const [, given] = Object.entries(options?.headers ?? {}).find(([name]) => /^authorization$/i.test(name)) ?? [];
  const wsClient = given ? authorizedBy(given) : bySession;
  const http = { url: '/graphql', fetch: authorizedFetch, enableIncrementalDelivery: false };
  return createGraphiQLFetcher({ ...http, wsClient })(request, options);
}
