/** Returns a generator of pseudo-random numbers (mulberry32). Equal seeds yield equal sequences. */
export function generator(seed) {
  let state = seed >>> 0;
  function next() {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  }
  const between = (min, max) => min + next() * (max - min);
  const pick = (items) => items[Math.floor(next() * items.length)];
  return {
    between,
    pick,
    below: (end) => Math.floor(next() * end),
    chance: (probability) => next() < probability,
    /** Picks a key of an object whose values are weights. */
    weighted(weights) {
      const entries = Object.entries(weights);
      let left = next() * entries.reduce((sum, [, weight]) => sum + weight, 0);
      return entries.find(([, weight]) => (left -= weight) < 0)?.[0] ?? entries[0][0];
    },
  };
}

export const sleep = (ms) => new Promise((resolve) => setTimeout(resolve, ms));
