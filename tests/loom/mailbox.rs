//! The mailbox and the park: news against sleep, and a post against the end.

use std::sync::atomic::AtomicUsize as Count;

use loom::sync::Arc;
use loom::sync::atomic::AtomicUsize;
use loom::sync::atomic::Ordering::Relaxed;
use loom::thread;
use tourbillon::internals::{Mailbox, Park, Single, Told};

use crate::support::{Bed, explore, saw};

/// L12, L13: letters of two threads against a loop that falls asleep: all are read, and nobody is woken in vain.
#[test]
fn a_letter_against_falling_asleep_is_read() {
    static AWAKE: Count = Count::new(0);
    static ASLEEP: Count = Count::new(0);
    let outcomes = &[
        ("the loop was awake", &AWAKE),
        ("the loop was woken", &ASLEEP),
    ];
    explore("mailbox against park", Some(3), outcomes, || {
        let park = Arc::new(Park::new());
        let mailbox = Arc::new(Mailbox::new(park.clone()));
        let bed = Arc::new(Bed::default());
        let posters = [1, 2].map(|letter| {
            let (mailbox, bed) = (mailbox.clone(), bed.clone());
            thread::spawn(move || match mailbox.post(letter) {
                Told::Seen => saw(&AWAKE),
                Told::Wake => {
                    bed.wake();
                    saw(&ASLEEP);
                }
                Told::Closed => panic!("nobody closed it"),
            })
        });
        let mut sum = 0;
        while sum < 3 {
            mailbox.take_news();
            while let Some(letter) = mailbox.pop() {
                sum += letter;
            }
            if sum < 3 {
                if park.fall_asleep() {
                    bed.sleep();
                }
                park.rise();
            }
        }
        posters
            .into_iter()
            .for_each(|poster| poster.join().unwrap());
        assert!(mailbox.pop().is_none());
    });
}

/// P2: however many tell, one of them wakes the sleeper.
#[test]
fn a_sleeping_loop_is_woken_by_one_of_two_tellers() {
    static FIRST: Count = Count::new(0);
    static SECOND: Count = Count::new(0);
    let outcomes = &[("the first", &FIRST), ("the second", &SECOND)];
    explore("tell against tell", None, outcomes, || {
        let park = Arc::new(Park::new());
        assert!(park.fall_asleep());
        let other = thread::spawn({
            let park = park.clone();
            move || park.tell()
        });
        let here = park.tell();
        match (here, other.join().unwrap()) {
            (Told::Wake, Told::Seen) => saw(&FIRST),
            (Told::Seen, Told::Wake) => saw(&SECOND),
            told => panic!("one of two wakes the sleeper, not {told:?}"),
        }
    });
}

/// L14: letters against the end of the loop: each is taken out once, by the loop or by the last poster.
#[test]
fn a_letter_against_the_end_is_taken_out_once() {
    static BY_LOOP: Count = Count::new(0);
    static BY_POSTER: Count = Count::new(0);
    let outcomes = &[
        ("the loop took it out", &BY_LOOP),
        ("a poster took it out", &BY_POSTER),
    ];
    explore("post against close", Some(3), outcomes, || {
        let mailbox = Arc::new(Mailbox::new(Arc::new(Park::new())));
        let empty = |mailbox: &Mailbox<usize>, outcome: &Count| {
            let mut sum = 0;
            while let Some(letter) = mailbox.pop() {
                sum += letter;
                saw(outcome);
            }
            sum
        };
        let posters = [1, 2].map(|letter| {
            let mailbox = mailbox.clone();
            thread::spawn(move || match mailbox.post(letter) {
                Told::Closed => empty(&mailbox, &BY_POSTER),
                Told::Seen | Told::Wake => 0,
            })
        });
        mailbox.close();
        let mut sum = empty(&mailbox, &BY_LOOP);
        for poster in posters {
            sum += poster.join().unwrap();
        }
        assert_eq!(sum, 3, "nothing is left in a box that nobody reads");
    });
}

/// Two threads post the same letter: it is read once or twice, and what both wrote before is seen by the last reader.
#[test]
fn a_single_letter_stands_for_all_who_would_post_it() {
    static ONE: Count = Count::new(0);
    static TWO: Count = Count::new(0);
    let outcomes = &[("one letter", &ONE), ("two letters", &TWO)];
    explore("claim against take", Some(3), outcomes, || {
        let single = Arc::new(Single::new());
        let mailbox = Arc::new(Mailbox::new(Arc::new(Park::new())));
        let payload = Arc::new(AtomicUsize::new(0));
        let posters = [1, 2].map(|number| {
            let (single, mailbox, payload) = (single.clone(), mailbox.clone(), payload.clone());
            thread::spawn(move || {
                // Relaxed: the claim itself must carry the payload.
                payload.fetch_or(number, Relaxed);
                if single.claim() {
                    assert_eq!(mailbox.post(()), Told::Seen);
                }
            })
        });
        let read = || {
            let letters = std::iter::from_fn(|| mailbox.pop()).inspect(|()| single.take());
            (letters.count(), payload.load(Relaxed))
        };
        let (early, seen) = read();
        let _ = posters.map(|poster| poster.join().unwrap());
        let (late, _) = read();
        if late == 0 {
            assert_eq!(seen, 3, "the letters that were read stood for both");
        }
        match early + late {
            1 => saw(&ONE),
            2 => saw(&TWO),
            letters => panic!("{letters} letters for two claims"),
        }
    });
}
