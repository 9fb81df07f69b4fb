// Random changes of vehicles, groups and rights by an administrator.
import { STATUSES } from "./churn.mjs";
import { sleep } from "./random.mjs";

/** Maximum time between two changes. */
const MAX_IDLE_MS = 120;

const MAX_GRANTS = 3;

/** Statuses of changes that may conflict with an earlier one: the group was deleted, the grant exists. */
const DONE_OR_NOT = [200, 201, 204, 404, 409, 422];

/** Makes changes until the deadline. */
export async function administrate(administrator, random, world, deadline) {
  const change = (method, path, body, statuses) => {
    world.figures.changes += 1;
    return administrator.call(method, path, body, statuses);
  };
  while (Date.now() < deadline) {
    await sleep(random.between(10, MAX_IDLE_MS));
    const kind = random.weighted({ group: 10, enable: 5, grant: 3, status: 3, rename: 1, restore: 1, regroup: 1 });
    await changes[kind]({ change, random, world, vehicleId: random.pick(world.vehicleIds) });
  }
}

const changes = {
  async group({ change, random, world, vehicleId }) {
    const path = `/api/groups/${random.pick(world.groupIds())}/vehicles/${vehicleId}`;
    await change(random.chance(0.5) ? "PUT" : "DELETE", path, undefined, DONE_OR_NOT);
  },

  /** Disables a vehicle and enables others, so most vehicles are enabled most of the time. */
  async enable({ change, random, world, vehicleId }) {
    await change("POST", `/api/vehicles/${vehicleId}/disable`);
    world.disabled.add(vehicleId);
    for (const id of [...world.disabled].filter(() => random.chance(0.4))) {
      world.disabled.delete(id);
      await change("POST", `/api/vehicles/${id}/enable`);
    }
  },

  /** Withdraws the oldest grant of the viewer, and creates others. */
  async grant({ change, random, world, vehicleId }) {
    const grant = world.grants.shift();
    if (grant) await change("DELETE", `/api/grants/${grant.id}`, undefined, DONE_OR_NOT);
    while (world.grants.length < MAX_GRANTS && random.chance(0.6)) {
      const subject = random.chance(0.6) ? { groupId: random.pick(world.groupIds()) } : { vehicleId };
      const made = await change("POST", "/api/grants", { userId: world.viewerId, ...subject }, DONE_OR_NOT);
      if (made.id) world.grants.push(made);
    }
  },

  async status({ change, random, vehicleId }) {
    await change("PATCH", `/api/vehicles/${vehicleId}/status`, { status: random.pick(STATUSES) }, DONE_OR_NOT);
  },

  async rename({ change, random, vehicleId }) {
    await change("PUT", `/api/vehicles/${vehicleId}`, { name: `Robot ${vehicleId} ${random.below(9)}` });
  },

  /** Deletes and restores a vehicle. No client subscribes to it by its id, because that subscription would end. */
  async restore({ change, random, world }) {
    const id = random.pick(world.restoredIds);
    await change("DELETE", `/api/vehicles/${id}`);
    await sleep(random.between(0, 100));
    await change("POST", `/api/vehicles/${id}/restore`);
    if (random.chance(0.8)) await change("PUT", `/api/groups/${random.pick(world.groupIds())}/vehicles/${id}`);
    await change("POST", `/api/vehicles/${id}/enable`);
  },

  /** Replaces the short-lived group with a new one. */
  async regroup({ change, world }) {
    await change("DELETE", `/api/groups/${world.shortLivedId}`);
    const name = `Short-lived ${world.figures.changes} ${Date.now()}`;
    world.shortLivedId = (await change("POST", "/api/groups", { name })).id;
  },
};
