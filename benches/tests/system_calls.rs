//! The counted gates of system calls: what a row makes the kernel do, by `strace`.
//!
//! - **Counts do not drift.** A row is traced at two scales; the difference, divided by the
//!   operations that it is a difference of, is what one operation costs, and start and end cancel
//!   out.
//! - **The loop is silent.** Between two looks it calls nobody; another thread's wake is a system
//!   call only if the loop sleeps.
//!
//! Leaves out: reads of the clock, which are no system calls here (`tests/counted/`), and calls for
//! memory, which are the allocator's.

use std::collections::BTreeMap;
use std::process::Command;

use benches::child::MEASURE;
use benches::row::{FLOOR, OURS};

const DUEL: &str = env!("CARGO_BIN_EXE_duel");
const TRACED: &str = env!("CARGO_BIN_EXE_traced");

/// A call more or less of a whole run.
const SLACK: f64 = 0.005;

/// Calls by which an allocator gets its memory.
const MEMORY: [&str; 5] = ["brk", "mmap", "munmap", "mremap", "madvise"];

/// The lines that strace writes about `program`, one a call, threads included.
fn trace(program: &str, arguments: &[&str]) -> Vec<String> {
    let mut command = Command::new("strace");
    let output = command.args(["-f", "-y", program]).args(arguments).output();
    let output = output.expect("strace is there: apt-get install strace");
    let text = String::from_utf8_lossy(&output.stderr).into_owned();
    assert!(output.status.success(), "{program} {arguments:?}:\n{text}");
    let calls = text.lines().map(without_thread);
    calls
        .filter(|line| name(line).is_some())
        .map(str::to_owned)
        .collect()
}

/// strace puts `[pid 123] ` before a line as soon as there are two threads.
fn without_thread(line: &str) -> &str {
    match line
        .strip_prefix("[pid ")
        .and_then(|line| line.split_once("] "))
    {
        Some((_, line)) => line,
        None => line,
    }
}

/// The name of the call that begins in this line; none if it only ends there, or is a signal.
fn name(line: &str) -> Option<&str> {
    let (name, _) = line.split_once('(')?;
    let is_name = name
        .bytes()
        .all(|byte| byte.is_ascii_alphanumeric() || byte == b'_');
    (is_name && !name.is_empty()).then_some(name)
}

type Calls = BTreeMap<String, f64>;

/// How often a row's lane makes each call at that scale.
fn calls(row: &str, lane: &str, scale: usize) -> Calls {
    let mut calls = Calls::new();
    for line in trace(DUEL, &[MEASURE, row, lane, &scale.to_string()]) {
        let name = name(&line).expect("only calls are kept");
        if !MEMORY.contains(&name) {
            *calls.entry(name.to_owned()).or_default() += 1.0;
        }
    }
    calls
}

/// What one more of the scale costs, the tenth of warming up included.
fn calls_each(row: &str, lane: &str, scale: usize) -> Calls {
    let (once, twice) = (calls(row, lane, scale), calls(row, lane, 2 * scale));
    let more = (scale + scale / 10) as f64;
    let before = |name: &str| once.get(name).copied().unwrap_or_default();
    let each = twice
        .iter()
        .map(|(name, count)| (name.clone(), (count - before(name)) / more));
    each.filter(|(_, each)| *each != 0.0).collect()
}

#[test]
fn an_echo_makes_the_system_calls_of_raw_mio_and_no_more() {
    for (row, connections, scale) in [("echo/1", 1.0, 200), ("echo/64", 64.0, 20)] {
        let (ours, floor) = (calls_each(row, OURS, scale), calls_each(row, FLOOR, scale));
        assert!(
            floor.contains_key("sendto"),
            "the trace shows nothing: {floor:?}"
        );
        for (name, count) in &ours {
            let count = count / connections;
            let least = floor.get(name).copied().unwrap_or_default() / connections;
            println!("{row}: {name} {count:.2} a round trip, raw mio {least:.2}");
            assert!(
                count <= least + SLACK,
                "{row}: {name} {count:.3} times, raw mio {least:.3}"
            );
        }
    }
}

#[test]
fn a_yield_beside_a_socket_and_a_timer_is_no_system_call_but_one_look_in_61() {
    let ours = calls_each("yield/1/watched", OURS, 61_000);
    println!("yield/1/watched: {ours:?} a yield");
    assert_eq!(ours.keys().collect::<Vec<_>>(), ["epoll_wait"]);
    // One look more or less, since the polls before the first yield stand in both.
    assert!(ours["epoll_wait"] * 61.0 <= 1.001, "{ours:?}");
}

#[test]
fn without_a_socket_nothing_is_a_system_call_timers_included() {
    let rows = [
        ("spawn/batch", 2_000),
        ("spawn/await", 2_000),
        ("spawn/chain", 10),
        ("yield/1", 10_000),
        ("yield/1000", 10),
        ("pingpong", 2_000),
        ("oneshot/alone", 2_000),
        ("oneshot/tasks", 2_000),
        ("timer/arm", 2_000),
        ("timer/cancel", 2_000),
        ("wait_for/ready", 2_000),
        ("join_all/1000", 10),
        ("join_all/1000/once", 10),
    ];
    for (row, scale) in rows {
        assert_eq!(calls_each(row, OURS, scale), Calls::new(), "{row}");
    }
}

fn is_eventfd_write(line: &&String) -> bool {
    name(line) == Some("write") && line.contains("eventfd")
}

/// Where there is no socket the loop asks the system only to sleep.
fn is_park(line: &&String) -> bool {
    name(line) == Some("epoll_wait")
}

#[test]
fn no_wake_of_a_running_loop_writes_to_its_eventfd() {
    let lines = trace(TRACED, &["busy", "100"]);
    assert!(lines.iter().any(|line| name(line) == Some("eventfd2")));
    assert_eq!(lines.iter().filter(is_park).count(), 0);
    assert_eq!(lines.iter().filter(is_eventfd_write).count(), 0);
}

#[test]
fn however_many_wake_a_sleeping_loop_its_eventfd_is_written_once_a_park_at_most() {
    let lines = trace(TRACED, &["parked", "200"]);
    let parks = lines.iter().filter(is_park).count();
    let writes = lines.iter().filter(is_eventfd_write).count();
    println!("400 wakes, two at once: {parks} parks, {writes} writes");
    assert!(parks > 0, "the loop never slept");
    assert!(
        (1..=parks).contains(&writes),
        "{parks} parks, {writes} writes"
    );
}
