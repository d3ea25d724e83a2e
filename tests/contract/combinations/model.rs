//! What must be seen of each combination, by the rules alone: a cancel is a drop at a suspension
//! point, a task that was never polled never is, a finished one stays finished, a handle owns its
//! task, and a child is a plain future.
//!
//! Leaves out: reasons of a cancel, and cancels that race with a wake.

/// What the future does when it is left alone.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Nature {
    /// Ready in its first poll.
    Ready,
    /// Waits for a timer, then gives its value.
    Pending,
    /// Waits for a timer, then panics.
    Panics,
    /// As `Pending`, and its drop panics whenever it comes.
    PanicsInDrop,
}

/// What becomes of the handle.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Fate {
    Awaited,
    /// At once, or right after the cancel.
    Dropped,
    Detached,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Cancel {
    Never,
    BeforeTheFirstPoll,
    DuringTheWait,
    AfterTheEnd,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Way {
    Spawn,
    SpawnLocal,
    /// Cancelled by the drop of its group.
    Member,
    /// A job: its poll is its call, its home the thread that runs it.
    Blocking,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Combination {
    pub(super) nature: Nature,
    pub(super) fate: Fate,
    pub(super) cancel: Cancel,
    pub(super) way: Way,
}

/// Every combination, in order.
pub(super) fn all() -> Vec<Combination> {
    use {Cancel::*, Fate::*, Nature::*, Way::*};
    let mut all = Vec::new();
    for nature in [Ready, Pending, Panics, PanicsInDrop] {
        for fate in [Awaited, Dropped, Detached] {
            for cancel in [Never, BeforeTheFirstPoll, DuringTheWait, AfterTheEnd] {
                for way in [Spawn, SpawnLocal, Member, Blocking] {
                    all.push(Combination {
                        nature,
                        fate,
                        cancel,
                        way,
                    });
                }
            }
        }
    }
    all
}

/// How an await ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum End {
    Value,
    Cancelled,
    Panicked,
    /// A member's view: no value will come.
    Closed,
}

/// What was seen of a combination, or must be.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Seen {
    /// `None`: nobody awaited it.
    pub(super) end: Option<End>,
    /// What `cancel` said: whether there was anything to cancel.
    pub(super) accepted: Option<bool>,
    /// Whether the future was dropped inside the call that asked for its end, if any did.
    pub(super) dropped_inside: Option<bool>,
    /// Whether a panic came out of the group that it is a member of.
    pub(super) through_the_group: bool,
    pub(super) polls: usize,
    pub(super) drops: usize,
    pub(super) at_home: bool,
}

impl Combination {
    /// Why there is no such combination.
    pub(super) fn excluded(self) -> Option<&'static str> {
        if self.nature == Nature::Ready && self.cancel == Cancel::DuringTheWait {
            return Some("what is ready in its first poll has no wait");
        }
        if self.way == Way::Member && self.fate == Fate::Detached {
            return Some("a member's view owns nothing that could be let go");
        }
        None
    }

    pub(super) fn expected(self) -> Seen {
        Seen {
            end: (self.fate == Fate::Awaited).then(|| self.end()),
            accepted: match (self.way, self.cancel) {
                // Its group is dropped, which is never refused.
                (Way::Member, _) | (_, Cancel::Never) => None,
                (_, Cancel::BeforeTheFirstPoll | Cancel::DuringTheWait) => Some(true),
                (_, Cancel::AfterTheEnd) => Some(false),
            },
            dropped_inside: self.is_asked_to_end().then_some(self.way == Way::Member),
            through_the_group: self.way == Way::Member && self.panics(),
            polls: self.polls(),
            drops: 1,
            at_home: true,
        }
    }

    /// Whether somebody ends it before it ends by itself.
    pub(super) fn is_asked_to_end(self) -> bool {
        match self.cancel {
            Cancel::BeforeTheFirstPoll | Cancel::DuringTheWait => true,
            Cancel::AfterTheEnd => false,
            // Dropping a handle cancels its task; dropping a member's view changes nothing.
            Cancel::Never => self.fate == Fate::Dropped && self.way != Way::Member,
        }
    }

    /// Whether it is asked to end before it began.
    pub(super) fn never_begins(self) -> bool {
        self.is_asked_to_end() && self.cancel != Cancel::DuringTheWait
    }

    fn polls(self) -> usize {
        match (self.way, self.nature) {
            _ if self.never_begins() => 0,
            (Way::Blocking, _) | (_, Nature::Ready) => 1,
            // It was not woken, so no poll is owed.
            _ if self.is_asked_to_end() => 1,
            _ => 2,
        }
    }

    /// Whether its poll or its drop panics.
    fn panics(self) -> bool {
        match self.nature {
            Nature::Ready | Nature::Pending => false,
            Nature::Panics => !self.is_asked_to_end(),
            Nature::PanicsInDrop => true,
        }
    }

    fn end(self) -> End {
        match self.way {
            // It had no output. A panic of its drop is the parent's, and comes too late for the view.
            Way::Member if self.nature == Nature::Panics || self.is_asked_to_end() => End::Closed,
            Way::Member => End::Value,
            // The task that was cancelled is the one that waits for the job: it does not own it.
            Way::Blocking if self.is_asked_to_end() => End::Cancelled,
            // A drop that panics is how a task ended, also when a cancel asked for the drop.
            _ if self.panics() => End::Panicked,
            _ if self.is_asked_to_end() => End::Cancelled,
            _ => End::Value,
        }
    }
}
