//! No row leaks: a child process runs each row twice and counts live allocations after both.
//!
//! Leaves out: what one run allocates for good, as lazy locals do.

use std::process::Command;

use crate::support::TWICE;
use crate::tools::in_time;

#[test]
fn no_row_leaves_an_allocation_behind() {
    if std::env::var_os(TWICE).is_some() {
        return;
    }
    in_time(|| {
        let child = Command::new(std::env::current_exe().expect("this test has a path"))
            .args(["--test-threads=1"])
            .env(TWICE, "1")
            .output()
            .expect("this test can be started again");
        let said = String::from_utf8_lossy(&child.stdout);
        let complained = String::from_utf8_lossy(&child.stderr);
        assert!(child.status.success(), "{said}{complained}");
    });
}
