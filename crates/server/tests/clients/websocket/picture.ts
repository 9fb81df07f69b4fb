// Use of the types generated from the AsyncAPI document, as in a front end: every message and every event is
// distinguished by its type, and all of them are handled.
import type { ClientMessage, Event, ServerMessage } from "./gateway";

export const hello: ClientMessage[] = [
  { type: "subscribeRegistry", id: 1 },
  { type: "subscribeType", vehicleType: "AMR", id: "b" },
  { type: "subscribeAll", filter: { statuses: ["MOVING"], bbox: [0, 0, 10, 20] } },
  { type: "configure", intervalMs: 250, mode: "delta" },
];

// @ts-expect-error there is no such type of vehicle
export const unknownType: ClientMessage = { type: "subscribeType", vehicleType: "UFO" };

// @ts-expect-error the vehicle is missing
export const incomplete: ClientMessage = { type: "subscribeVehicle" };

export function describe(message: ServerMessage): string {
  switch (message.type) {
    case "welcome":
      return `${message.user.username} (${message.user.role})`;
    case "subscribed":
    case "unsubscribed":
    case "configured":
    case "authenticated":
    case "pong":
      return String(message.id ?? "");
    case "error":
      return `${message.code}: ${message.message}`;
    case "feed":
      return message.status;
    case "batch":
      return message.events.map(line).join("\n");
    default:
      return nothingElse(message);
  }
}

function line(event: Event): string {
  switch (event.type) {
    case "positionUpdate":
      return `${event.vehicleId} ${event.position.x.toFixed(2)} ${event.state?.batteryLevel ?? "?"} ${event.status}`;
    case "positionDelta":
      return `${event.vehicleId} ${event.position?.x ?? "="} ${event.state === null ? "?" : (event.state?.batteryLevel ?? "=")}`;
    case "stateUpdate":
      return `${event.vehicleId} ${event.state.batteryLevel}`;
    case "stateChange":
      return `${event.oldStatus} to ${event.newStatus}`;
    case "vehicleError":
      return event.errorCode;
    case "connectionChange":
      return `${event.connectionStatus} since ${new Date(event.since).toISOString()}`;
    case "vehicleInfo":
    case "vehicleAdded":
    case "vehicleUpdated":
      return `${event.name} ${event.vehicleType} ${event.groupIds.length}`;
    case "vehicleRemoved":
    case "vehicleLeft":
    case "vehicleDeleted":
      return event.vehicleId;
    default:
      return nothingElse(event);
  }
}

function nothingElse(value: never): never {
  throw new Error(`not described: ${JSON.stringify(value)}`);
}
