//! Reasons and unread failures against the end of their task.

use std::sync::atomic::AtomicUsize as Count;

use loom::thread;

use crate::support::{Home, explore, saw, take};

/// Two threads cancel: the reason that was stored first stays, also if the other's cancel has ended the
/// task before the first one's call comes to it.
#[test]
fn of_two_cancels_one_reason_stays() {
    static LEFT: Count = Count::new(0);
    static LATE: Count = Count::new(0);
    static RIGHT: Count = Count::new(0);
    let outcomes = &[
        ("left's", &LEFT),
        ("left's, whose call was refused", &LATE),
        ("right's", &RIGHT),
    ];
    explore("cancel against cancel", Some(3), outcomes, || {
        let home = Home::new();
        let (task, mut handle) = home.spawn(std::future::pending::<()>());
        home.push(task);
        let registered = home.listed();
        let canceller = handle.canceller();
        let thread = thread::spawn(move || canceller.cancel_because("left"));
        let right = handle.cancel_because("right");
        home.run_all();
        let left = thread.join().unwrap();
        home.run_all();
        assert!(right, "it was alive: only a cancel ends it");
        let reason = take(&mut handle).unwrap_err().reason().unwrap();
        assert_eq!(registered.reason(), Some(reason), "it never changes");
        match reason.text() {
            Some("left") => saw(if left { &LEFT } else { &LATE }),
            text => {
                assert_eq!(text, Some("right"));
                saw(&RIGHT);
            }
        }
    });
}

/// A task is let go while it ends: its error is told once.
#[test]
fn a_task_that_is_let_go_while_it_fails_is_told_of_exactly_once() {
    static BEFORE: Count = Count::new(0);
    static AFTER: Count = Count::new(0);
    let outcomes = &[("before its end", &BEFORE), ("after its end", &AFTER)];
    explore("detach_reporting against complete", None, outcomes, || {
        let home = Home::new();
        let work = async { Err::<(), _>("no") };
        let (task, handle) = home.spawn(work);
        let thread = thread::spawn(move || {
            let over = handle.is_finished();
            handle.detach_reporting();
            over
        });
        home.run(task);
        let over = thread.join().unwrap();
        assert_eq!(home.told(), ["failed: no"]);
        saw(if over { &AFTER } else { &BEFORE });
    });
}

/// A handle is dropped while its task panics: somebody tells of it, once.
#[test]
fn a_panic_whose_handle_goes_while_it_happens_is_told_of_exactly_once() {
    static BEFORE: Count = Count::new(0);
    static AFTER: Count = Count::new(0);
    let outcomes = &[("before its end", &BEFORE), ("after its end", &AFTER)];
    explore("detach against a panic", None, outcomes, || {
        let home = Home::new();
        let work = async {
            // Not `panic!`, whose hook would write a backtrace for each execution.
            std::panic::resume_unwind(Box::new("boom"));
        };
        let (task, handle) = home.spawn(work);
        let thread = thread::spawn(move || {
            let over = handle.is_finished();
            handle.detach();
            over
        });
        home.run(task);
        let over = thread.join().unwrap();
        assert_eq!(home.told(), ["panicked: boom"]);
        saw(if over { &AFTER } else { &BEFORE });
    });
}
