//! SP rows: spawning, order, and what may be awaited how often.

use tourbillon::{spawn, yield_now};

use crate::support::holds;
use crate::tools::Count;

#[test]
fn sp_01_spawn_polls_nothing_inside_the_call() {
    holds(async || {
        let polls = Count::new();
        let task = spawn(polls.polls(async {}));
        assert_eq!(polls.get(), 0);
        yield_now().await;
        assert_eq!(polls.get(), 1);
        task.await.unwrap();
    });
}
