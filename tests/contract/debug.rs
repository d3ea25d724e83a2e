//! DB rows: polls that take too long are named. What the compiler refuses (DB-2 to DB-4) is tried on
//! the contract's own page.

use std::process::Command;
use std::time::{Duration, Instant};

use tourbillon::task::Builder;
use tourbillon::{Event, Observer, Runtime, join};

use crate::support::{TWICE, on_one_loop_outside};
use crate::tools::{Log, millis, secs};

/// Writes down which polls were slow: the task, its name, its place, and whether it took a
/// millisecond.
struct Slow(Log);

impl Observer for Slow {
    fn event(&self, event: &Event<'_>) {
        if let Event::SlowPoll {
            task,
            name,
            place,
            took,
        } = event
        {
            let (file, line, long) = (place.file(), place.line(), *took >= millis(1));
            self.0.add(format!("{task} {name:?} {file}:{line} {long}"));
        }
    }
}

/// Keeps the loop busy for half a millisecond.
fn stall() {
    let start = Instant::now();
    while start.elapsed() < Duration::from_micros(500) {
        std::hint::spin_loop();
    }
}

/// Runs a task that stalls twice within one poll; the root's line, which the task's follows.
fn run_one_that_stalls(runtime: &Runtime) -> u32 {
    let root = line!() + 1;
    runtime.block_on(async {
        let both = join(async { stall() }, async { stall() });
        Builder::new().name("stall").spawn(both).await.unwrap();
    });
    root
}

/// Set in the process whose error stream is read.
const CHILD: &str = "TOURBILLON_CONTRACT_SLOW";

/// What a runtime without an observer writes to its error stream.
fn error_stream() -> String {
    let test = "debug::db_01_a_slow_poll_is_told_with_its_tasks_name_and_place_and_its_whole_time";
    let child = Command::new(std::env::current_exe().unwrap())
        .args([test, "--exact", "--nocapture"])
        .env(CHILD, "1")
        .env_remove(TWICE)
        .output()
        .unwrap();
    let said = String::from_utf8_lossy(&child.stderr).into_owned();
    assert!(child.status.success(), "{said}");
    said
}

#[test]
fn db_01_a_slow_poll_is_told_with_its_tasks_name_and_place_and_its_whole_time() {
    if std::env::var_os(CHILD).is_some() {
        let runtime = Runtime::builder().slow_poll(millis(1)).build().unwrap();
        run_one_that_stalls(&runtime);
        return;
    }
    on_one_loop_outside(|| {
        let log = Log::new();
        let told = |limit: Duration| {
            let runtime = Runtime::builder()
                .slow_poll(limit)
                .observer(Slow(log.clone()));
            let root = run_one_that_stalls(&runtime.build().unwrap());
            (root, log.take())
        };
        // Every poll takes longer than nothing: the root's two and the task's one.
        let (root, polls) = told(Duration::ZERO);
        let (file, task) = (file!(), root + 2);
        let tasks = polls.iter().map(|line| line.rsplit_once(' ').unwrap().0);
        let expected = [
            format!("0 None {file}:{root}"),
            format!("1 Some(\"stall\") {file}:{task}"),
            format!("0 None {file}:{root}"),
        ];
        assert!(tasks.eq(expected.iter()), "{polls:?}");
        assert!(polls[1].ends_with("true"), "{polls:?}");
        let (_, polls) = told(millis(1));
        assert!(
            polls.contains(&format!("{} true", expected[1])),
            "{polls:?}"
        );
        assert!(told(secs(3_600)).1.is_empty());

        let said = error_stream();
        let line = format!("slow poll: task 1 \"stall\" ({file}:{task}:");
        assert!(said.contains(&line), "{said}");
        assert!(said.contains(" took 0.0"), "{said}");
    });
}
