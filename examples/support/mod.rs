//! What all lessons share: how one is started, how it is interrupted, how a time is printed.
//!
//! - **Same everywhere.** An act prints the same alone and in the lecture: it sees no arguments.
//! - **Ctrl-C leaves between two lines**, also while an act blocks its thread, within 100 ms.
//! - **A reader who leaves is no bug**: piped into `head`, an act ends without a word.
//! - **One line.** A wrong argument is one line on stderr and exit code 2.
//!
//! Leaves out: colours, progress, and whatever only one lesson needs.

// Every lesson compiles this file for itself and uses a part of it.
#![allow(dead_code)]

use std::process::{ExitCode, exit};
use std::sync::mpsc;
use std::time::Duration;
use std::{env, io, panic, thread};

use tourbillon::{Runtime, block_on, join, signal};

const HELP: &str = "\
Plays one act of the lecture; its source begins with what you will see.
  --virtual   jump over the waits";

/// Plays one act as a program of its own: all that a lesson's `main` does.
pub(crate) fn play(act: impl Future<Output = ()>) -> ExitCode {
    leave_with_the_reader();
    let mut virtual_clock = false;
    for argument in env::args_os().skip(1) {
        match argument.to_str() {
            Some("--virtual") => virtual_clock = true,
            Some("--help") => {
                println!("{HELP}");
                return ExitCode::SUCCESS;
            }
            _ => refuse(2, &format!("unknown argument {argument:?}: try --help")),
        }
    }
    leave_on_ctrl_c();
    runtime(virtual_clock).block_on(act);
    ExitCode::SUCCESS
}

/// A fresh runtime, on the virtual clock if asked; where there is none, nothing can be played.
pub(crate) fn runtime(virtual_clock: bool) -> Runtime {
    let mut builder = Runtime::builder();
    if virtual_clock {
        builder = builder.virtual_clock();
    }
    builder
        .build()
        .unwrap_or_else(|error| refuse(1, &format!("this system gives us no runtime: {error}")))
}

/// Leaves, having said in one line why nothing is played.
pub(crate) fn refuse(code: i32, problem: &str) -> ! {
    eprintln!("{problem}");
    exit(code)
}

/// From its return on, a `println!` that nobody can read ends the process, with the code of SIGPIPE.
pub(crate) fn leave_with_the_reader() {
    let report = panic::take_hook();
    panic::set_hook(Box::new(move |panic| {
        let message = panic.payload().downcast_ref::<String>();
        if message.is_some_and(|message| message.starts_with("failed printing to stdout")) {
            exit(141);
        }
        report(panic);
    }));
}

/// From its return on, Ctrl-C ends the process with 130, and stdout ends with a whole line.
pub(crate) fn leave_on_ctrl_c() {
    let (armed, ready) = mpsc::channel();
    // A thread of its own, because an act may block the thread of its loop.
    thread::spawn(move || {
        // `join` polls its left side first, and that arms the signal.
        let (caught, _) = block_on(join(signal::ctrl_c(), async { armed.send(()) }));
        caught.expect("the system delivers signals");
        // Whoever has stopped reading keeps the lock for ever, and does not see the half line.
        thread::spawn(|| {
            thread::sleep(Duration::from_millis(50));
            exit(130);
        });
        // Whoever holds the lock is inside `println!`: wait for the end of that line.
        let _between_two_lines = io::stdout().lock();
        exit(130);
    });
    ready.recv().expect("the thread says so");
}

/// `1.000 s`: exact on the virtual clock, and what an act that only waits shows on the real one.
pub(crate) fn seconds(time: Duration) -> String {
    format!("{:.3} s", time.as_secs_f64())
}

/// A twentieth, for acts that block a thread on purpose: no clock can jump over those waits.
pub(crate) fn scaled(time: Duration) -> Duration {
    time / 20
}
