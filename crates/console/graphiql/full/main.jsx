// GraphiQL, asking the server that it comes from.
import 'graphiql/style.css';
import './style.css';
import { GraphiQL } from 'graphiql';
import { createRoot } from 'react-dom/client';
import { fetcher } from './fetcher.js';
import { keepsHeaders, storage } from './storage.js';

const WELCOME = `# Ctrl+Space completes, Ctrl+Enter runs.
# {"Authorization": "Bearer …"} under Headers
# goes with requests and with subscriptions.

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

createRoot(document.getElementById('graphiql')).render(
  // Left to itself GraphiQL turns its setting for headers off at each visit.
  <GraphiQL
    fetcher={fetcher}
    storage={storage}
    shouldPersistHeaders={keepsHeaders()}
    showPersistHeadersSettings
    defaultQuery={WELCOME}
    defaultTheme="dark"
  >
    <GraphiQL.Logo><a href="/">fleetwatch</a></GraphiQL.Logo>
  </GraphiQL>,
);
