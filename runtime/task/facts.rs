//! The facts in a state word by their names, for the test that plays the tables of `state.rs`.
//!
//! Leaves out: anything that the runtime itself uses.

use super::state::{CANCELLED, CLAIMED, FINISHED, FRESH, HANDLE, JOINER, REFERENCE, State, WOKEN};
use crate::sync::atomic::AtomicUsize;
use crate::sync::atomic::Ordering::Relaxed;

/// In the order in which `State::facts` lists them.
const FACTS: [(usize, &str); 7] = [
    (CLAIMED, "claimed"),
    (FRESH, "fresh"),
    (FINISHED, "finished"),
    (WOKEN, "woken"),
    (CANCELLED, "cancelled"),
    (HANDLE, "handle"),
    (JOINER, "joiner"),
];

impl State {
    /// A word in which these facts, divided by commas, are true, with two references.
    pub fn with(facts: &str) -> State {
        let named = |name| FACTS.iter().find(|(_, fact)| *fact == name);
        let bits = facts
            .split(", ")
            .filter(|name| !name.is_empty())
            .map(|name| {
                named(name)
                    .unwrap_or_else(|| panic!("no fact is called {name:?}"))
                    .0
            });
        State(AtomicUsize::new(bits.sum::<usize>() + 2 * REFERENCE))
    }

    /// The facts that are true, divided by commas.
    pub fn facts(&self) -> String {
        // Relaxed: a test looks when nobody else does.
        let word = self.0.load(Relaxed);
        let set = FACTS.iter().filter(|(bit, _)| word & bit != 0);
        set.map(|(_, name)| *name).collect::<Vec<_>>().join(", ")
    }

    /// How many pointers lead here.
    pub fn references(&self) -> usize {
        // Relaxed: a test looks when nobody else does.
        self.0.load(Relaxed) / REFERENCE
    }
}
