//! The circuits of one dependency and their common state.

use std::sync::Arc;

use application::ports::CircuitState;
use metrics::gauge;
use parking_lot::Mutex;
use slab::Slab;

/// The circuits of one dependency: one for a database, and in a Redis Cluster one for each master. Clones share them.
#[derive(Debug, Clone)]
pub struct Circuits(Arc<Inner>);

#[derive(Debug)]
struct Inner {
    dependency: &'static str,
    states: Mutex<Slab<CircuitState>>,
}

impl Circuits {
    /// Creates an empty list of circuits for a dependency. `dependency` is the label in metrics and logs.
    #[must_use]
    pub fn of(dependency: &'static str) -> Self {
        let inner = Inner {
            dependency,
            states: Mutex::default(),
        };
        inner.update(|_| ());
        Self(Arc::new(inner))
    }

    /// Returns the state of the worst circuit; closed if there is none.
    #[must_use]
    pub fn state(&self) -> CircuitState {
        worst(&self.0.states.lock())
    }

    pub(crate) fn dependency(&self) -> &'static str {
        self.0.dependency
    }

    /// Adds a closed circuit, which is removed when the entry is dropped.
    pub(crate) fn add(&self) -> Entry {
        Entry {
            key: self.0.update(|states| states.insert(CircuitState::Closed)),
            circuits: Arc::clone(&self.0),
        }
    }
}

/// One circuit of a dependency.
#[derive(Debug)]
pub(crate) struct Entry {
    circuits: Arc<Inner>,
    key: usize,
}

impl Entry {
    pub(crate) fn set(&self, state: CircuitState) {
        self.circuits.update(|states| states[self.key] = state);
    }
}

impl Drop for Entry {
    fn drop(&mut self) {
        self.circuits.update(|states| states.remove(self.key));
    }
}

impl Inner {
    /// Changes the states, and records the result under the same lock, so that the metric reflects the last change.
    fn update<T>(&self, change: impl FnOnce(&mut Slab<CircuitState>) -> T) -> T {
        let mut states = self.states.lock();
        let outcome = change(&mut states);
        let value = match worst(&states) {
            CircuitState::Closed => 0.0,
            CircuitState::HalfOpen => 1.0,
            CircuitState::Open => 2.0,
        };
        gauge!("fleetwatch_circuit_state", "dependency" => self.dependency).set(value);
        outcome
    }
}

fn worst(states: &Slab<CircuitState>) -> CircuitState {
    let states = states.iter().map(|(_, state)| *state);
    states.max().unwrap_or(CircuitState::Closed)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_worst_circuit_counts_until_it_is_dropped() {
        let circuits = Circuits::of("store");
        assert_eq!(circuits.state(), CircuitState::Closed);
        let (one, other) = (circuits.add(), circuits.add());
        one.set(CircuitState::HalfOpen);
        assert_eq!(circuits.state(), CircuitState::HalfOpen);
        other.set(CircuitState::Open);
        assert_eq!(circuits.state(), CircuitState::Open);
        drop(other);
        assert_eq!(circuits.state(), CircuitState::HalfOpen);
        one.set(CircuitState::Closed);
        assert_eq!(circuits.state(), CircuitState::Closed);
    }
}
