// GraphiQL for the API of the server that serves the page.
import 'graphiql/style.css';
import './style.css';
import { GraphiQL } from 'graphiql';
import { createRoot } from 'react-dom/client';
import { showLogIn } from '/assets/login.js';
import { watch } from '/assets/session.js';
import { fetcher } from './fetcher.js';
import { storage } from './storage.js';

const WELCOME = `# Ctrl+Space completes, Ctrl+Enter runs.
# Log in above: requests and subscriptions are then made as you.

query Fleet {
  vehicles {
    totalCount
    nodes { id name type status }
  }
}

subscription Positions {
  vehiclePositionUpdated { vehicleId position { x y heading } }
}
`;
const root = createRoot(document.getElementById('graphiql'));
let visitors = 0;

/** Starts GraphiQL, and restarts it after a log-out, because the results are only for the user who requested them. */
const show = () => root.render(
  <GraphiQL
    key={visitors++}
    fetcher={fetcher}
    storage={storage}
    shouldPersistHeaders={false}
    showPersistHeadersSettings={false}
    defaultQuery={WELCOME}
    defaultTheme="dark"
  >
    <GraphiQL.Logo><a href="/">fleetwatch</a></GraphiQL.Logo>
  </GraphiQL>,
);

showLogIn(document.getElementById('who'));
watch({ left: show });
show();
