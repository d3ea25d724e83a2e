//! Nothing is lost in silence: failures that nobody is left to look at (K19, K20).

use std::future::{Future, pending};
use std::process::{Command, Output};
use std::sync::mpsc;

use tourbillon::task::Builder;
use tourbillon::{Runtime, Unhandled, oneshot, shield, sleep, spawn, spawn_blocking, spawn_local};
use tourbillon::{block_on, yield_now};

use crate::support::{OnDrop, Recorder, millis, secs};

/// What the observer heard of unhandled failures, each as `unhandled NUMBER NAME WHAT`.
fn unhandled<F: Future>(work: F) -> Vec<String> {
    let recorder = Recorder::new();
    let runtime = Runtime::builder()
        .virtual_clock()
        .unhandled(Unhandled::Ignore)
        .observer(recorder.clone())
        .build()
        .unwrap();
    runtime.block_on(work);
    drop(runtime);
    let heard = recorder.take().into_iter();
    heard
        .filter(|line| line.starts_with("unhandled "))
        .collect()
}

#[test]
fn a_panic_is_told_when_the_handle_is_gone_before_it_or_after_it() {
    let heard = unhandled(async {
        Builder::new()
            .name("before")
            .spawn(async { panic!("one") })
            .detach();
        let after = spawn_local(async { panic!("two") });
        yield_now().await;
        drop(after);
        // Woken before it is cancelled, it panics in the poll that is owed to it.
        let (sender, receiver) = oneshot::channel::<()>();
        let woken = spawn(async {
            receiver.await.unwrap();
            panic!("three")
        });
        yield_now().await;
        sender.send(()).unwrap();
        drop(woken);
        yield_now().await;
    });
    let expected = [
        "1 before panicked: one",
        "2 - panicked: two",
        "3 - panicked: three",
    ];
    assert_eq!(heard, expected.map(|line| format!("unhandled {line}")));
}

#[test]
fn a_panic_that_somebody_took_is_not_told_nor_is_a_cancel() {
    let heard = unhandled(async {
        assert!(spawn(async { panic!("taken") }).await.is_err());
        let shielded = shield(async { panic!("taken") });
        assert!(shielded.await.is_err());
        assert!(spawn_blocking(|| panic!("taken")).await.is_err());
        drop(spawn(sleep(secs(1))));
        spawn(sleep(secs(9))).detach();
        yield_now().await;
    });
    assert_eq!(heard, Vec::<String>::new());
}

#[test]
fn the_panic_of_a_drop_that_nobody_looks_at_is_told() {
    let heard = unhandled(async {
        let idle = spawn(async {
            let _bomb = OnDrop(|| panic!("a future's drop"));
            pending::<()>().await;
        });
        yield_now().await;
        drop(idle);
        yield_now().await;
        spawn(async { OnDrop(|| panic!("an output's drop")) }).detach();
        yield_now().await;
        spawn(async {
            let _bomb = OnDrop(|| panic!("at the end"));
            pending::<()>().await;
        })
        .detach();
        yield_now().await;
    });
    let expected = [
        "1 - panicked: a future's drop",
        "2 - panicked: an output's drop",
        "3 - panicked: at the end",
    ];
    assert_eq!(heard, expected.map(|line| format!("unhandled {line}")));
}

#[test]
fn a_shield_that_is_dropped_lets_its_panic_be_told() {
    let heard = unhandled(async {
        drop(shield(async { panic!("behind a shield") }));
        yield_now().await;
    });
    assert_eq!(heard, ["unhandled 1 - panicked: behind a shield"]);
}

#[test]
fn the_panic_of_a_blocking_job_that_nobody_waits_for_is_told() {
    let heard = unhandled(async {
        let (begun, begins) = oneshot::channel();
        let (go, goes) = mpsc::channel::<()>();
        let job = Builder::new().name("job").spawn_blocking(move || {
            begun.send(()).unwrap();
            let _ = goes.recv();
            panic!("late")
        });
        begins.await.unwrap();
        drop(job);
        yield_now().await;
        yield_now().await;
        drop(go);
    });
    assert_eq!(heard, ["unhandled 1 job panicked: late"]);
}

#[test]
fn an_error_is_told_exactly_if_the_task_was_let_go_by_detach_reporting() {
    let heard = unhandled(async {
        spawn(async { Err::<(), _>("silent") }).detach();
        Builder::new()
            .name("before")
            .spawn(async { Err::<(), _>("told") })
            .detach_reporting();
        let over = spawn_local(async { Err::<std::rc::Rc<()>, _>(7) });
        yield_now().await;
        over.detach_reporting();
        spawn(async { Ok::<_, &str>("fine") }).detach_reporting();
        let cancelled = spawn(async { pending::<Result<(), &str>>().await });
        let canceller = cancelled.canceller();
        cancelled.detach_reporting();
        yield_now().await;
        canceller.cancel();
        let panics: fn() -> Result<(), &'static str> = || panic!("instead");
        spawn(async move { panics() }).detach_reporting();
        yield_now().await;
    });
    let expected = [
        "2 before failed: told",
        "3 - failed: 7",
        "6 - panicked: instead",
    ];
    assert_eq!(heard, expected.map(|line| format!("unhandled {line}")));
}

#[test]
fn a_task_that_was_polled_before_it_is_let_go_reports_all_the_same() {
    let heard = unhandled(async {
        let mut task = spawn(async {
            yield_now().await;
            yield_now().await;
            Err::<(), _>("told")
        });
        assert!(futures_lite::future::poll_once(&mut task).await.is_none());
        task.detach_reporting();
        sleep(secs(1)).await;
    });
    assert_eq!(heard, ["unhandled 1 - failed: told"]);
}

#[test]
fn a_task_that_was_awaited_before_it_is_let_go_has_nothing_to_report() {
    let heard = unhandled(async {
        for output in [Ok(7), Err("looked at")] {
            let mut task = spawn(async move { output });
            assert_eq!((&mut task).await.unwrap(), output);
            task.detach_reporting();
        }
        yield_now().await;
    });
    assert_eq!(heard, Vec::<String>::new());
}

#[test]
fn the_panic_of_a_drop_on_the_thread_of_a_job_is_told() {
    let heard = unhandled(async {
        let (begun, begins) = oneshot::channel();
        let (go, goes) = mpsc::channel::<()>();
        let job = spawn_blocking(move || {
            begun.send(()).unwrap();
            let _ = goes.recv();
            OnDrop(|| panic!("a value's drop"))
        });
        begins.await.unwrap();
        drop(job);
        yield_now().await;
        yield_now().await;
        drop(go);
    });
    assert_eq!(heard, ["unhandled 1 - panicked: a value's drop"]);
}

struct Mute;

impl std::fmt::Display for Mute {
    fn fmt(&self, _: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        panic!("no words")
    }
}

#[test]
fn an_error_that_panics_when_it_is_shown_is_told_as_that_panic_and_the_loop_lives() {
    let heard = unhandled(async {
        spawn(async { Err::<(), _>(Mute) }).detach_reporting();
        yield_now().await;
        assert_eq!(spawn(async { 7 }).await.unwrap(), 7);
    });
    assert_eq!(heard, ["unhandled 1 - panicked: no words"]);
}

/// An error, or the payload of a panic, whose drop panics.
struct Bad;

impl std::fmt::Display for Bad {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("bad")
    }
}

impl Drop for Bad {
    fn drop(&mut self) {
        panic!("a drop");
    }
}

#[test]
fn an_error_whose_drop_panics_is_told_and_so_is_the_panic() {
    let heard = unhandled(async {
        spawn(async { Err::<(), _>(Bad) }).detach_reporting();
        yield_now().await;
        spawn(async { std::panic::resume_unwind(Box::new(Bad)) }).detach();
        let job = || std::panic::resume_unwind(Box::new(Bad));
        spawn_blocking(job).detach();
        yield_now().await;
        assert_eq!(spawn(async { 7 }).await.unwrap(), 7, "the loop lives");
    });
    assert_eq!(
        heard[..2],
        [
            "unhandled 1 - failed: bad",
            "unhandled 1 - panicked: a drop"
        ]
    );
    assert_eq!(heard[2], "unhandled 2 - panicked");
}

/// Set in the child processes of the next tests.
const POLICY: &str = "TOURBILLON_TEST_UNHANDLED";

/// Runs a test of this file in a process of its own, under a policy.
fn under(policy: &str, test: &str) -> Output {
    Command::new(std::env::current_exe().unwrap())
        .args([&format!("unhandled::{test}"), "--exact", "--nocapture"])
        .env(POLICY, policy)
        .output()
        .unwrap()
}

/// The lines on the error stream that begin so.
fn lines(output: &Output, beginning: &str) -> Vec<String> {
    let said = String::from_utf8_lossy(&output.stderr).into_owned();
    let lines = said.lines().filter(|line| line.starts_with(beginning));
    lines.map(str::to_owned).collect()
}

fn lose(policy: Unhandled) {
    let runtime = Runtime::builder().unhandled(policy).build().unwrap();
    runtime.block_on(async {
        let task = Builder::new().name("lost");
        task.spawn(async { Err::<(), _>("an error") })
            .detach_reporting();
        sleep(millis(1)).await;
        spawn(async { panic!("a panic") }).detach();
        sleep(millis(1)).await;
    });
}

#[test]
fn each_policy_does_what_it_says() {
    match std::env::var(POLICY).as_deref() {
        Ok("report") => return lose(Unhandled::Report),
        Ok("abort") => return lose(Unhandled::Abort),
        Ok("ignore") => return lose(Unhandled::Ignore),
        _ => (),
    }
    let under = |policy| under(policy, "each_policy_does_what_it_says");
    let lines = |output: &Output| lines(output, "unhandled: ");
    let here = |number: u64, name: &str| format!("unhandled: task {number}{name} ({}:", file!());
    let report = under("report");
    let said = lines(&report);
    assert!(report.status.success() && said.len() == 2, "{said:?}");
    assert!(said[0].starts_with(&here(1, " \"lost\"")) && said[0].ends_with(") failed: an error"));
    assert!(said[1].starts_with(&here(2, "")) && said[1].ends_with(") panicked: a panic"));

    let abort = under("abort");
    let said = lines(&abort);
    assert_eq!(
        std::os::unix::process::ExitStatusExt::signal(&abort.status),
        Some(6)
    );
    assert!(
        said.len() == 1 && said[0].ends_with("failed: an error; aborting"),
        "{said:?}"
    );

    let ignore = under("ignore");
    assert!(ignore.status.success() && lines(&ignore).is_empty());
}

#[test]
fn the_end_of_a_runtime_names_the_jobs_that_still_run_and_drops_that_spawn_without_end() {
    struct Again(usize);
    impl Drop for Again {
        fn drop(&mut self) {
            if self.0 > 1_000_000 {
                return;
            }
            let again = Again(self.0 + 1);
            let task = Builder::new().name("again").spawn(async move {
                let _again = again;
                pending::<()>().await;
            });
            task.detach();
        }
    }
    let runtime = Runtime::new().unwrap();
    let (go, goes) = mpsc::channel::<()>();
    runtime.block_on(async move {
        let (begun, begins) = oneshot::channel();
        let job = move || begun.send(()).map(|()| goes.recv());
        Builder::new().name("stuck").spawn_blocking(job).detach();
        begins.await.unwrap();
        drop(Again(0));
    });
    let left: Vec<_> = runtime
        .shutdown(millis(1))
        .iter()
        .map(ToString::to_string)
        .collect();
    drop(go);
    assert_eq!(left.len(), 2, "{left:?}");
    assert!(
        left[0].contains("\"again\"") && left[0].ends_with("its first poll"),
        "{left:?}"
    );
    assert!(
        left[1].starts_with(&format!("task 1 \"stuck\" ({}:", file!())),
        "{left:?}"
    );
    assert!(left[1].ends_with("waits for a blocking job"), "{left:?}");
    block_on(async {});
}

fn leave_a_job(policy: Unhandled) {
    let builder = Runtime::builder().grace(millis(1)).unhandled(policy);
    let runtime = builder.build().unwrap();
    let (go, goes) = mpsc::channel::<()>();
    runtime.block_on(async {
        let (begun, begins) = oneshot::channel();
        let job = move || begun.send(()).map(|()| goes.recv());
        Builder::new().name("stuck").spawn_blocking(job).detach();
        begins.await.unwrap();
    });
    drop(runtime);
    drop(go);
}

#[test]
fn a_runtime_that_is_dropped_names_the_jobs_that_still_run_on_the_error_stream() {
    match std::env::var(POLICY).as_deref() {
        Ok("report") => return leave_a_job(Unhandled::Report),
        Ok("ignore") => return leave_a_job(Unhandled::Ignore),
        _ => (),
    }
    let test = "a_runtime_that_is_dropped_names_the_jobs_that_still_run_on_the_error_stream";
    let said = |policy| lines(&under(policy, test), "left when the runtime ended: ");
    let report = said("report");
    let task = format!("task 1 \"stuck\" ({}:", file!());
    assert!(report.len() == 1 && report[0].contains(&task), "{report:?}");
    assert_eq!(said("ignore"), Vec::<String>::new());
}
