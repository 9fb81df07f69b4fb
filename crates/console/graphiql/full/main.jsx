// GraphiQL, asking the server that it comes from.
import 'graphiql/style.css';
import './style.css';
import { GraphiQL } from 'graphiql';
import { createRoot } from 'react-dom/client';
import { showLogIn } from '/assets/login.js';
import { watch } from '/assets/session.js';
import { fetcher } from './fetcher.js';
import { storage } from './storage.js';

const WELCOME = `# Ctrl+Space completes, Ctrl+Enter runs.
# Log in above: requests and subscriptions are then yours.

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

/** GraphiQL starts anew after a log-out: what was answered is for whoever asked. */
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
