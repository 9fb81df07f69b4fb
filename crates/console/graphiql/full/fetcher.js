// How GraphiQL asks: queries and mutations by POST, subscriptions over graphql-transport-ws, all of this host.
import { createGraphiQLFetcher } from '@graphiql/toolkit';
import { createClient } from 'graphql-ws';

const SOCKET = `${location.protocol.replace('http', 'ws')}//${location.host}/graphql/ws`;

/** Browsers give sockets no headers of ours, so who asks stands in the payload of `connection_init`. */
const connectionParams = (headers = {}) => {
  const [, authorization] = Object.entries(headers).find(([name]) => name.toLowerCase() === 'authorization') ?? [];
  return authorization ? { authorization } : {};
};

/** The client opens its socket with a subscription and closes it at its end: each has the headers of its time. */
export const fetcher = (request, options) => createGraphiQLFetcher({
  url: '/graphql',
  enableIncrementalDelivery: false,
  wsClient: createClient({ url: SOCKET, connectionParams: connectionParams(options?.headers) }),
})(request, options);
