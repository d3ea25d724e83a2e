//! A tree of tasks: each spawns six children and awaits them, six levels deep.
//!
//! The shape is pyperformance's `async_tree` in its variant `none`: 46,656 leaves that return at
//! once, 9,330 tasks above them that gather their children, the root on top. What a runtime pays:
//! 55,987 spawns, nearly all from within tasks, as many results handed over, and a wake of the
//! parent; with a first-in first-out queue the tree unrolls level by level, so that 46,656 tasks
//! are alive at once and their memory leaves the caches. A peer that runs the newest task first
//! walks down instead.
//!
//! A parent awaits its children one after the other, which is all that `asyncio.gather` over tasks
//! means here: it is woken by the first that it waits for and finds the others done. tokio's
//! `JoinSet` does the same and allocates once more for each child, so tokio is measured without.
//!
//! Its twins in Python stand in `benches/tree.py`; the command `tree` runs them all.

use std::array;
use std::cell::Cell;
use std::collections::VecDeque;
use std::hint::black_box;
use std::rc::Rc;
use std::time::Instant;

use super::Measured;
use crate::contestant::{Contestant, Monoio, Smol, Tokio, Tourbillon};
use crate::row::{FLOOR, OURS, Row, Unit, lane};

/// The rows of this work.
pub const ROWS: &[Row] = &[Row {
    name: "tree",
    what: "a tree of tasks, six levels of six children, as pyperformance's async_tree",
    per: "task",
    unit: Unit::Nanoseconds,
    scale: 20,
    lanes: &[
        (OURS, tree::<Tourbillon>),
        ("tokio", tree::<Tokio>),
        ("smol", tree::<Smol>),
        ("monoio", tree::<Monoio>),
        (FLOOR, floor),
    ],
    targets: &[lane(0.60, "tokio")],
    quick: true,
}];

const LEVELS: u32 = 6;
const BRANCHES: usize = 6;

/// Tasks of a tree.
pub const TASKS: usize = tasks(LEVELS);

/// Tasks of a tree of so many levels below its root.
const fn tasks(levels: u32) -> usize {
    if levels == 0 {
        1
    } else {
        1 + BRANCHES * tasks(levels - 1)
    }
}

/// `trees` trees, one after the other.
pub fn tree<C: Contestant>(trees: usize) -> Measured {
    C::run(async move {
        let started = Instant::now();
        for _ in 0..trees {
            let leaves = node::<C>(LEVELS).await;
            assert_eq!(leaves, BRANCHES.pow(LEVELS), "every leaf was there");
        }
        Measured::time(started.elapsed(), trees * TASKS)
    })
}

/// A task that knows how many leaves hang from it.
fn node<C: Contestant>(level: u32) -> C::Task<usize> {
    C::spawn(async move {
        if level == 0 {
            return 1;
        }
        let children: [_; BRANCHES] = array::from_fn(|_| node::<C>(level - 1));
        let mut leaves = 0;
        for child in children {
            leaves += child.await;
        }
        leaves
    })
}

/// What a parent still waits for, and what it has.
struct Parent {
    children: Cell<usize>,
    leaves: Cell<usize>,
    above: Option<Rc<Parent>>,
}

/// A queue whose closures may push to it.
struct Queue(VecDeque<Job>);

type Job = Box<dyn FnOnce(&mut Queue)>;

/// No runtime: boxed closures through a queue, and a counter for each parent.
pub fn floor(trees: usize) -> Measured {
    let mut queue = Queue(VecDeque::new());
    let started = Instant::now();
    for _ in 0..trees {
        let root = Rc::new(Parent {
            children: Cell::new(1),
            leaves: Cell::new(0),
            above: None,
        });
        push(&mut queue, LEVELS, root.clone());
        while let Some(job) = queue.0.pop_front() {
            job(&mut queue);
        }
        assert_eq!(
            root.leaves.get(),
            BRANCHES.pow(LEVELS),
            "every leaf was there"
        );
    }
    Measured::time(started.elapsed(), trees * TASKS)
}

fn push(queue: &mut Queue, level: u32, above: Rc<Parent>) {
    queue.0.push_back(black_box(Box::new(move |queue| {
        if level == 0 {
            return report(&above, 1);
        }
        let parent = Rc::new(Parent {
            children: Cell::new(BRANCHES),
            leaves: Cell::new(0),
            above: Some(above),
        });
        for _ in 0..BRANCHES {
            push(queue, level - 1, parent.clone());
        }
    })));
}

/// A child is done; with the last one, so is the parent.
fn report(parent: &Parent, leaves: usize) {
    parent.children.set(parent.children.get() - 1);
    parent.leaves.set(parent.leaves.get() + leaves);
    if let (0, Some(above)) = (parent.children.get(), &parent.above) {
        report(above, parent.leaves.get());
    }
}
