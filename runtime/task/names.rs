//! The states of a task by the names that the tables in `state.rs` give them, for tests and models.
//!
//! Leaves out: anything that the runtime itself uses.

use super::state::WOKEN;
use super::state::{CANCELLED, FINISHED, HANDLE, JOINER, LIFE, QUEUED, REFERENCE, RUNNING, State};
use crate::sync::atomic::AtomicUsize;
use crate::sync::atomic::Ordering::Relaxed;

impl State {
    /// The state that the tables above call `name`, with two references.
    pub fn named(name: &str) -> State {
        let bits: usize = match name {
            "spawned" => QUEUED,
            "doomed" => QUEUED | CANCELLED,
            "ended by cancel" => FINISHED | CANCELLED,
            _ => name
                .split(' ')
                .map(bits_of_word)
                .fold(0, |all, bits| all | bits),
        };
        State(AtomicUsize::new(bits | (2 * REFERENCE)))
    }

    /// What the tables call the present state's life.
    pub fn life(&self) -> String {
        // Relaxed: a test looks when nobody else does.
        let word = self.0.load(Relaxed);
        match word & LIFE {
            0 => return "idle".into(),
            QUEUED => return "spawned".into(),
            life if life == QUEUED | CANCELLED => return "doomed".into(),
            life if life == FINISHED | CANCELLED => return "ended by cancel".into(),
            _ => (),
        }
        let words = [(QUEUED, "queued"), (RUNNING, "running"), (WOKEN, "woken")];
        let words = words
            .into_iter()
            .chain([(CANCELLED, "cancelled"), (FINISHED, "finished")]);
        let queued = word & QUEUED != 0;
        let set = words.filter(|(bit, name)| word & bit != 0 && !(queued && *name == "woken"));
        set.map(|(_, name)| name).collect::<Vec<_>>().join(" ")
    }

    /// What the handle's table calls the present state.
    pub fn handle(&self) -> String {
        // Relaxed: a test looks when nobody else does.
        let word = self.0.load(Relaxed);
        let words = [(FINISHED, "over"), (HANDLE, "handle"), (JOINER, "joiner")];
        let set: Vec<_> = words
            .iter()
            .filter(|(bit, _)| word & bit != 0)
            .map(|(_, n)| *n)
            .collect();
        if set.is_empty() {
            "no handle".into()
        } else {
            set.join(" ")
        }
    }

    /// How many pointers lead here.
    pub fn references(&self) -> usize {
        // Relaxed: a test looks when nobody else does.
        self.0.load(Relaxed) / REFERENCE
    }
}

fn bits_of_word(word: &str) -> usize {
    match word {
        "idle" => 0,
        "fresh" => QUEUED,
        "queued" => QUEUED | WOKEN,
        "running" => RUNNING,
        "woken" => WOKEN,
        "cancelled" => CANCELLED,
        "finished" | "over" => FINISHED,
        "handle" => HANDLE,
        "joiner" => JOINER,
        _ => panic!("the table has no state called {word:?}"),
    }
}
