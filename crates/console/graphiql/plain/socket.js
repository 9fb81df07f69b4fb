// graphql-transport-ws by hand: a socket for one subscription, which is all that this page has at a time.
const PROTOCOL = 'graphql-transport-ws', ID = '1', NORMAL = 1000;

/** Tells each result by `next`, then once by `end`: nothing when it was over, else why. Gives what stops it. */
export function subscribe(request, authorization, next, end) {
  const socket = new WebSocket(`${location.protocol.replace('http', 'ws')}//${location.host}/graphql/ws`, PROTOCOL);
  const send = (message) => socket.readyState === WebSocket.OPEN && socket.send(JSON.stringify(message));
  function finish(problem) { // at once: the peer may take its time to close
    socket.onmessage = socket.onclose = null;
    socket.close(NORMAL);
    end(problem);
  }
  const handlers = {
    connection_ack: () => send({ type: 'subscribe', id: ID, payload: request }),
    ping: () => send({ type: 'pong' }),
    next: ({ payload }) => next(payload),
    error({ payload }) {
      next({ errors: payload });
      finish();
    },
    complete: () => finish(),
  };
  // Browsers give sockets no headers of ours, so who asks stands in the payload.
  socket.onopen = () => send({ type: 'connection_init', payload: authorization ? { authorization } : {} });
  socket.onmessage = ({ data }) => {
    const message = JSON.parse(data);
    handlers[message.type]?.(message);
  };
  socket.onclose = ({ code, reason }) => finish(`The socket was closed: ${code} ${reason}`.trim());
  return () => {
    send({ type: 'complete', id: ID });
    finish();
  };
}
