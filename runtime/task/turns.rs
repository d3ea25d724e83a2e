//! Two futures that share the budget of one poll.
//!
//! Law:
//!
//! - **Nobody starves.** The first of the two is polled first; only after a poll in which the
//!   second was refused what the first had used up does the second come first, once.
//!
//! Leaves out: sets, whose passes go on where the budget ended.

use super::poll;

/// Whose turn it is.
#[derive(Debug, Default)]
pub(crate) struct Turns {
    second_first: bool,
}

/// The order of one poll.
pub(crate) struct Turn {
    pub(crate) second_first: bool,
    /// Nothing of the budget was left when this poll began: nobody here used it up.
    spent: bool,
}

impl Turns {
    /// Begins a poll of the two.
    pub(crate) fn begin(&mut self) -> Turn {
        let spent = poll::is_spent();
        Turn {
            second_first: !spent && std::mem::take(&mut self.second_first),
            spent,
        }
    }

    /// Polls the second, after the first.
    pub(crate) fn second<T>(&mut self, turn: &Turn, second: impl FnOnce() -> T) -> T {
        let before = poll::refused();
        let polled = second();
        if !turn.spent {
            self.second_first = poll::refused() > before;
        }
        polled
    }
}
