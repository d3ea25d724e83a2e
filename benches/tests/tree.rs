//! The command `tree` with one tree each: does it run whatever is there, and say what is not?

use std::process::{Command, Output};

fn tree() -> Command {
    Command::new(env!("CARGO_BIN_EXE_tree"))
}

fn stdout(output: &Output) -> &str {
    std::str::from_utf8(&output.stdout).expect("tree writes UTF-8")
}

fn stderr(output: &Output) -> &str {
    std::str::from_utf8(&output.stderr).expect("tree writes UTF-8")
}

#[test]
fn every_contestant_has_a_line_and_python_one_if_it_is_there() {
    let output = tree().arg("--quick").output().expect("tree starts");
    assert!(output.status.success(), "{}", stderr(&output));
    for lane in ["tourbillon", "tokio", "smol", "monoio", "floor"] {
        let heads = |line: &str| line.starts_with(&format!("{lane} ")) && line.contains("ns/task");
        assert!(stdout(&output).lines().any(heads), "{lane}: {output:?}");
    }
    for lane in ["asyncio", "uvloop"] {
        let measured = stdout(&output).lines().any(|line| line.starts_with(lane));
        let left_out = stderr(&output).contains(&format!("{lane} is left out: "));
        assert!(measured != left_out, "{lane}: {output:?}");
    }
}

#[test]
fn without_python_its_loops_are_left_out_aloud_and_all_is_well() {
    let mut command = tree();
    let output = command.arg("--quick").env("PATH", "/nowhere").output();
    let output = output.expect("tree starts");
    assert!(output.status.success(), "{}", stderr(&output));
    for lane in ["asyncio", "uvloop"] {
        let reason = format!("{lane} is left out: python3: No such file or directory");
        assert!(stderr(&output).contains(&reason), "{}", stderr(&output));
        assert!(!stdout(&output).contains(lane), "{}", stdout(&output));
    }
}

#[test]
fn a_flag_that_is_none_gives_one_clear_line_and_exit_code_two() {
    let output = tree().arg("--slow").output().expect("tree starts");
    assert_eq!(output.status.code(), Some(2));
    assert_eq!(stderr(&output).lines().count(), 1, "{}", stderr(&output));
}
