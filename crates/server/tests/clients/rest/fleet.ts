// A client whose types are generated from the OpenAPI document, as front-end teams write it: every list, the union of
// vehicles by type, conditional reading and changing, and errors. It is compiled strictly, and then run against a server.
import assert from "node:assert/strict";
import createClient, { type Middleware } from "openapi-fetch";
import type { components, paths } from "./api.js";

type Vehicle = components["schemas"]["Vehicle"];
type NewVehicle = components["schemas"]["NewVehicle"];
type VehicleStatus = components["schemas"]["VehicleStatus"];
type Problem = components["schemas"]["Problem"];

const { FLEETWATCH_URL: url = "", FLEETWATCH_USERNAME: username = "", FLEETWATCH_PASSWORD: password = "" } = process.env;
const api = createClient<paths>({ baseUrl: url });

/** Returns the data of a response, which must be successful. */
async function ok<T>(answer: Promise<{ data?: T; error?: Problem; response: Response }>): Promise<T> {
  const { data, error, response } = await answer;
  assert.ok(data !== undefined, `${response.status} ${response.url}: ${JSON.stringify(error)}`);
  return data;
}

const tokens = await ok(api.POST("/api/auth/login", { body: { username, password } }));
const scheme: "Bearer" = tokens.tokenType;
const authorization: Middleware = {
  onRequest({ request }) {
    request.headers.set("authorization", `${scheme} ${tokens.accessToken}`);
    return request;
  },
};
api.use(authorization);
const me = await ok(api.GET("/api/auth/me"));
const role: "ADMIN" | "OPERATOR" | "VIEWER" = me.role;
assert.equal(role, "ADMIN");

// Vehicles are a union discriminated by `type`, in requests as well as in responses.
const specification = { maxSpeed: 1.5, maxLoad: 100, batteryCapacity: 960 };
const fleet: NewVehicle[] = [
  {
    type: "AMR",
    name: "Tugger",
    manufacturer: "Acme",
    specification,
    details: {
      lidarEnabled: true,
      cameraEnabled: false,
      ultrasonicEnabled: true,
      autonomyLevel: 4,
      mapId: "floor-1",
      obstacleAvoidanceConfig: { minDistance: 0.4, zones: [{ id: 1 }], note: null },
    },
  },
  { type: "AGV", name: "Line 1", manufacturer: "Acme", specification, details: { guideType: "MAGNETIC", loadType: null } },
  {
    type: "OHT",
    name: "Hoist 1",
    manufacturer: "Acme",
    model: null,
    specification,
    details: { railId: "bay 1", hoistStatus: "UP", railPosition: 2, railSegments: [{ segmentId: "a", start: 0, end: 9 }] },
  },
  { type: "FORKLIFT", name: "Lift 1", manufacturer: "Acme", specification },
];
// @ts-expect-error: an AGV has no level of autonomy.
fleet satisfies { type: "AGV"; details: { autonomyLevel: number } }[];

/** Describes the type-specific details of a vehicle. */
function described(vehicle: Vehicle): string {
  // @ts-expect-error: the details are not known before the type is.
  void vehicle.details.autonomyLevel;
  if (vehicle.type === "AMR") {
    const settings: { [name: string]: unknown } = vehicle.details.obstacleAvoidanceConfig ?? {};
    return `level ${vehicle.details.autonomyLevel.toFixed()}, ${Object.keys(settings).length} settings`;
  }
  switch (vehicle.type) {
    case "AGV":
      return vehicle.details.guideType satisfies "MAGNETIC" | "LASER" | "WIRE" | "VISION";
    case "OHT":
      return `${vehicle.details.railId}, ${vehicle.details.railSegments?.length ?? 0} segments`;
    case "FORKLIFT":
      return `${vehicle.details.mastHeight ?? "unknown"} m`;
    default:
      return vehicle satisfies never;
  }
}

for (const body of fleet) await ok(api.POST("/api/vehicles", { body }));

// Read the pages in sequence.
const seen: Vehicle[] = [];
for (let rest: { after?: string } | null = {}; rest !== null; ) {
  const query = { first: 3, ...rest, sort: "name" as const, enabled: false };
  const page: components["schemas"]["VehiclePage"] = await ok(api.GET("/api/vehicles", { params: { query } }));
  seen.push(...page.items);
  const { hasNextPage, endCursor } = page.pageInfo;
  rest = hasNextPage && endCursor !== null ? { after: endCursor } : null;
}
assert.deepEqual(seen.map(described), ["bay 1, 1 segments", "unknown m", "MAGNETIC", "level 4, 3 settings"]);

// A known vehicle is not sent again, and only one of two changes of the same version succeeds.
const path = { id: seen[0]!.id };
const shown = await api.GET("/api/vehicles/{id}", { params: { path } });
const tag = shown.response.headers.get("etag") ?? assert.fail("no entity tag");
const again = await api.GET("/api/vehicles/{id}", { params: { path, header: { "If-None-Match": tag } } });
assert.equal(again.response.status, 304);
const change = { params: { path, header: { "If-Match": tag } }, body: { model: "M2", details: { railPosition: null } } };
const changed: Vehicle = await ok(api.PUT("/api/vehicles/{id}", change));
assert.deepEqual([changed.model, changed.type === "OHT" && "railPosition" in changed.details], ["M2", false]);
const lost = await api.PUT("/api/vehicles/{id}", change);
assert.deepEqual([lost.response.status, lost.error?.status], [412, 412]);

// Errors are problem documents that name the invalid fields.
const status: VehicleStatus = "MAINTENANCE";
await ok(api.PATCH("/api/vehicles/{id}/status", { params: { path }, body: { status } }));
const wrong = await api.POST("/api/groups", { body: { name: "" } });
const fields: string[] | undefined = wrong.error?.errors?.map(({ field }) => field);
assert.deepEqual([wrong.response.headers.get("content-type"), fields], ["application/problem+json", ["name"]]);

// Read every other list.
const group = await ok(api.POST("/api/groups", { body: { name: "Night shift" } }));
await api.PUT("/api/groups/{id}/vehicles/{vehicleId}", { params: { path: { id: group.id, vehicleId: path.id } } });
const user = await ok(
  api.POST("/api/users", { body: { username: "ana", password: "correct horse battery staple", role: "VIEWER" } }),
);
const grant = await ok(api.POST("/api/grants", { body: { userId: user.id, groupId: group.id, role: "OPERATOR" } }));
const ceiling: "VIEWER" | "OPERATOR" = grant.role;
const [groups, organizations, users, grants, audit, sessions] = await Promise.all([
  ok(api.GET("/api/groups")),
  ok(api.GET("/api/organizations")),
  ok(api.GET("/api/users")),
  ok(api.GET("/api/grants", { params: { query: { userId: user.id } } })),
  ok(api.GET("/api/audit", { params: { query: { action: "vehicle.create" } } })),
  ok(api.GET("/api/auth/sessions")),
]);
assert.deepEqual(
  [groups.items[0]?.name, organizations.totalCount, users.totalCount, grants.items[0]?.groupId, ceiling],
  ["Night shift", 1, 2, group.id, "OPERATOR"],
);
const after: { [field: string]: unknown } | null | undefined = audit.items[0]?.after;
assert.deepEqual([audit.totalCount, typeof after, sessions[0]?.isCurrent], [4, "object", true]);

// Read the positions of all vehicles, and of some; `ids` is a list.
const ids = seen.map(({ id }) => id);
await ok(api.POST("/api/vehicles/{id}/enable", { params: { path } }));
const positions = await ok(api.GET("/api/positions", { params: { query: { ids, groupId: group.id, type: "OHT" } } }));
const states = await ok(api.GET("/api/states", { params: { query: { ids } } }));
for (const { vehicleId, position, status, connectionStatus, ageMs } of positions.items) {
  const line: [string, number, string | null, VehicleStatus] = [vehicleId, position.x, position.mapId, status];
  assert.ok(line && connectionStatus !== "DISCONNECTED" && (ageMs === null || ageMs >= 0));
}
const levels: number[] = states.items.map(({ state }) => state.batteryLevel);
assert.deepEqual([positions.items, levels, states.isIncomplete], [[], [], false]);
const mapping = await ok(api.GET("/api/vehicles/{id}/mapping", { params: { path } }));
assert.equal(mapping.syncStatus satisfies "SYNCED" | "OUT_OF_SYNC" | "ERROR", "OUT_OF_SYNC");
const bridgeStatus: "connected" | "silent" | "no_data" | "unknown" | undefined = mapping.bridge?.status;
assert.equal(bridgeStatus, undefined);
