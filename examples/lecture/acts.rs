//! The acts of the lecture, in the order of the lectures: a lesson is added here and in `lessons.rs`.
//!
//! - **Every lesson stands here once**, and every name is the name of a file in `examples/`.
//! - **`expected` is reckoned from the lecture's program**, never copied from a run.
//!
//! Leaves out: how acts are chosen, played and timed, which is `main.rs`.

use std::fmt;
use std::pin::Pin;

use Takes::{Blocks, Printed, Scaled, Waits};

use crate::lessons;

/// One lesson, as the lecture plays it.
pub(crate) struct Act {
    /// The file in `examples/`, and what `--act` takes.
    pub(crate) name: &'static str,
    /// The number of the lecture whose program it is the twin of.
    pub(crate) lecture: &'static str,
    /// What to watch for: one line, printed before the act.
    pub(crate) watch: &'static str,
    /// How long the act takes if all is right.
    pub(crate) expected: Takes,
    /// A fresh run of the act.
    pub(crate) run: fn() -> Run,
}

/// An act under way.
pub(crate) type Run = Pin<Box<dyn Future<Output = ()>>>;

/// Where the seconds of an act go, which decides the clock that it runs by.
pub(crate) enum Takes {
    /// It only awaits: exact, and `--virtual` jumps over it.
    Waits(f64),
    /// It only awaits, and the lecture prints or names times of its own.
    Printed(f64, &'static str),
    /// It blocks or fills threads on purpose: always the real clock.
    Blocks(f64),
    /// It blocks threads on purpose, at a twentieth of the lecture's times.
    Scaled(f64),
}

impl Takes {
    pub(crate) fn seconds(&self) -> f64 {
        match self {
            Waits(seconds) | Printed(seconds, _) | Blocks(seconds) | Scaled(seconds) => *seconds,
        }
    }

    /// No clock can jump over a blocked thread.
    pub(crate) fn blocks(&self) -> bool {
        matches!(self, Blocks(_) | Scaled(_))
    }
}

/// `1.000 s`; with a tilde where no clock can be exact.
impl fmt::Display for Takes {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Waits(seconds) | Printed(seconds, _) => write!(f, "{seconds:.3} s"),
            Blocks(seconds) | Scaled(seconds) => write!(f, "~{seconds:.3} s"),
        }
    }
}

/// Every act, in the order of the lectures.
pub(crate) const ACTS: &[Act] = &[
    Act {
        name: "lets_go",
        lecture: "000",
        watch: "at an await another task runs; the thread sleeps only when none can",
        expected: Waits(0.0),
        run: || Box::pin(lessons::lets_go::act()),
    },
    Act {
        name: "scrape_pause",
        lecture: "000",
        watch: "two scrapers rest at once, and nobody waits for the sum",
        expected: Waits(5.501),
        run: || Box::pin(lessons::scrape_pause::act()),
    },
    Act {
        name: "scraper",
        lecture: "000",
        watch: "three sites in a row, then in the time of the longest",
        expected: Printed(22.88, "15.72 s + 7.15 s"),
        run: || Box::pin(lessons::scraper::act()),
    },
    Act {
        name: "timing",
        lecture: "000",
        watch: "one call takes 1 s, three in a row 3 s, three together 1 s",
        expected: Waits(5.0),
        run: || Box::pin(lessons::timing::act()),
    },
    Act {
        name: "fifteen_pages",
        lecture: "001",
        watch: "fifteen waits of 0.2 s, or one",
        expected: Waits(3.2),
        run: || Box::pin(lessons::fifteen_pages::act()),
    },
    Act {
        name: "thread_safety",
        lecture: "001",
        watch: "what two threads lose when both read before either writes",
        expected: Blocks(0.001),
        run: || Box::pin(lessons::thread_safety::act()),
    },
    Act {
        name: "cores",
        lecture: "001",
        watch: "who computes at the same time, and what a GIL makes of that",
        // The job three times over, some ten million steps of 5 ns unoptimized, and a wait.
        expected: Blocks(0.2),
        run: || Box::pin(lessons::cores::act()),
    },
    Act {
        name: "squares",
        lecture: "001",
        watch: "together, both functions begin before either ends",
        expected: Printed(9.0, "6 s + 3 s"),
        run: || Box::pin(lessons::squares::act()),
    },
    Act {
        name: "types",
        lecture: "001",
        watch: "calling an async function prints nothing: it makes a value",
        expected: Waits(3.0),
        run: || Box::pin(lessons::types::act()),
    },
    Act {
        name: "by_hand",
        lecture: "001",
        watch: "three times Pending, then Ready: no event loop is needed to poll",
        expected: Waits(0.0),
        run: || Box::pin(lessons::by_hand::act()),
    },
    Act {
        name: "generator",
        lecture: "001",
        watch: "a function that stops, takes a value, and goes on",
        expected: Waits(0.0),
        run: || Box::pin(lessons::generator::act()),
    },
    Act {
        name: "round_robin",
        lecture: "001",
        watch: "twenty lines of event loop print what the runtime prints",
        expected: Waits(0.0),
        run: || Box::pin(lessons::round_robin::act()),
    },
    Act {
        name: "blocking_call",
        lecture: "001",
        watch: "how long the neighbour waits for its first turn",
        expected: Scaled(0.3),
        run: || Box::pin(lessons::blocking_call::act()),
    },
    Act {
        name: "errors_caught",
        lecture: "001",
        watch: "an error comes out of the await, a panic only out of its task",
        expected: Waits(2.0),
        run: || Box::pin(lessons::errors_caught::act()),
    },
    Act {
        name: "errors_collected",
        lecture: "001",
        watch: "errors among the results, or the first one at once",
        expected: Waits(3.0),
        run: || Box::pin(lessons::errors_collected::act()),
    },
    Act {
        name: "threads",
        lecture: "002",
        watch: "joined one by one, threads only take turns",
        expected: Scaled(0.25),
        run: || Box::pin(lessons::threads::act()),
    },
    Act {
        name: "task_group",
        lecture: "002",
        watch: "the shorter task speaks first, the group ends with the longer",
        expected: Waits(5.0),
        run: || Box::pin(lessons::task_group::act()),
    },
    Act {
        name: "starts_later",
        lecture: "002",
        watch: "a new task begins at our next await, not before",
        expected: Waits(6.0),
        run: || Box::pin(lessons::starts_later::act()),
    },
    Act {
        name: "three_ways",
        lecture: "002",
        watch: "three ways take 5 s; the fourth awaits too early and takes 8 s",
        expected: Waits(23.0),
        run: || Box::pin(lessons::three_ways::act()),
    },
    Act {
        name: "order_of_results",
        lecture: "002",
        watch: "they end second, third, first; gather returns first, second, third",
        expected: Waits(6.0),
        run: || Box::pin(lessons::order_of_results::act()),
    },
    Act {
        name: "cancel",
        lecture: "002",
        watch: "six lines, not five: a cancel takes a moment",
        expected: Waits(6.0),
        run: || Box::pin(lessons::cancel::act()),
    },
    Act {
        name: "wait_for",
        lecture: "002",
        watch: "the time-out cancels what it owns and spares what it borrows",
        expected: Waits(9.0),
        run: || Box::pin(lessons::wait_for::act()),
    },
    Act {
        name: "ten_tasks",
        lecture: "002",
        watch: "answers come in their own order, results in the order of asking",
        expected: Waits(1.0),
        run: || Box::pin(lessons::ten_tasks::act()),
    },
    Act {
        name: "hundred_titles",
        lecture: "002",
        watch: "a hundred pages at once, then ten at a time",
        expected: Waits(2.2),
        run: || Box::pin(lessons::hundred_titles::act()),
    },
    Act {
        name: "one_shot",
        lecture: "002",
        watch: "an empty place for one value, filled by somebody else",
        expected: Waits(1.0),
        run: || Box::pin(lessons::one_shot::act()),
    },
    Act {
        name: "slow_poll",
        lecture: "002",
        watch: "the task that does not await is reported by name",
        expected: Scaled(0.04),
        run: || Box::pin(lessons::slow_poll::act()),
    },
    Act {
        name: "async_with",
        lecture: "002",
        watch: "the session is closed after the block, with an await",
        expected: Waits(2.0),
        run: || Box::pin(lessons::async_with::act()),
    },
    Act {
        name: "time_outs",
        lecture: "002",
        watch: "each error says what the time went into",
        expected: Waits(1.31),
        run: || Box::pin(lessons::time_outs::act()),
    },
    Act {
        name: "good_and_bad",
        lecture: "002",
        watch: "an error is one of the results",
        expected: Waits(0.2),
        run: || Box::pin(lessons::good_and_bad::act()),
    },
    Act {
        name: "first_completed",
        lecture: "002",
        watch: "2 done and 1 waiting, then 1 and 0; and who is still there",
        expected: Waits(10.0),
        run: || Box::pin(lessons::first_completed::act()),
    },
    Act {
        name: "first_page",
        lecture: "002",
        watch: "the first answer wins, and the others are hung up on",
        expected: Waits(1.0),
        run: || Box::pin(lessons::first_page::act()),
    },
    Act {
        name: "counting",
        lecture: "003",
        watch: "three counters wait the same second on one thread",
        expected: Printed(1.0, "1.00132 s"),
        run: || Box::pin(lessons::counting::act()),
    },
    Act {
        name: "two_workers",
        lecture: "003",
        watch: "the idle worker steals a counter; one loop polls both in turn",
        expected: Blocks(0.0),
        run: || Box::pin(lessons::two_workers::act()),
    },
    Act {
        name: "blocking_sleep",
        lecture: "003",
        watch: "a blocked thread says one-two, one-two; a waiting one does not",
        expected: Scaled(0.2),
        run: || Box::pin(lessons::blocking_sleep::act()),
    },
    Act {
        name: "async_for",
        lecture: "003",
        watch: "3, 2, 1: the loop waits a second for each; then a rocket is awaited",
        expected: Waits(5.0),
        run: || Box::pin(lessons::async_for::act()),
    },
    Act {
        name: "socket_blocking",
        lecture: "003",
        watch: "server and client block, so each has a thread",
        expected: Blocks(0.0),
        run: || Box::pin(lessons::socket_blocking::act()),
    },
    Act {
        name: "socket_mio",
        lecture: "003",
        watch: "the same lines on one thread, the turns taken by hand",
        expected: Blocks(0.0),
        run: || Box::pin(lessons::socket_mio::act()),
    },
    Act {
        name: "socket_runtime",
        lecture: "003",
        watch: "the same lines on one thread, written as if it blocked",
        expected: Waits(0.0),
        run: || Box::pin(lessons::socket_runtime::act()),
    },
    Act {
        name: "name_prefix",
        lecture: "004",
        watch: "closing a coroutine is dropping it",
        expected: Waits(0.0),
        run: || Box::pin(lessons::name_prefix::act()),
    },
];
