// The words for a vehicle: for its connection, and for what the search field looks through.
import { span } from './dom.js';

export const STATUSES = ['MOVING', 'IDLE', 'CHARGING', 'STOPPED', 'ERROR', 'MAINTENANCE'];
export const TYPES = ['AMR', 'AGV', 'OHT', 'FORKLIFT'];

export function connectionWords({ isEnabled, connection, heardAt }) {
  if (!isEnabled) return 'disabled';
  if (!connection) return 'not heard yet';
  return connection === 'CONNECTED' ? connection : `${connection} · ${span(performance.now() - heardAt)}`;
}

/** Whether each of the words stands in the vehicle's name, id, type, status or connection. */
export function matches(vehicle, wanted) {
  const { name, id, type, status, connection, isEnabled } = vehicle;
  const text = `${name} ${id} ${type} ${status} ${connection} ${isEnabled ? '' : 'disabled'}`.toLowerCase();
  return wanted.every((word) => text.includes(word));
}
