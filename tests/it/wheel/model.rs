//! The timer wheel against a sorted map, under random operations.

use std::collections::BTreeMap;

use tourbillon::internals::{Key, Wheel};

use super::{DIGIT, NO_LIMIT, fire};

/// Marsaglia's xorshift: enough chance for a model test, and the seed tells all of it.
struct Chance(u64);

impl Chance {
    fn next(&mut self) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        self.0
    }

    fn below(&mut self, end: u64) -> u64 {
        self.next() % end
    }

    /// A distance in ticks: every level is as likely as any other, and so is "at once".
    fn distance(&mut self) -> u64 {
        match self.below(16) {
            0 => 0,
            1 => u64::MAX,
            2 => (1u64 << (DIGIT * self.below(8) as u32)) - 1,
            3 => 1u64 << (DIGIT * self.below(8) as u32),
            _ => {
                let bits = self.below(40) as u32;
                self.next() >> (63 - bits)
            }
        }
    }
}

/// What the wheel should be: pending timers by deadline and order of setting.
struct Model {
    now: u64,
    settings: u64,
    pending: BTreeMap<(u64, u64), u64>,
}

impl Model {
    fn set(&mut self, deadline: u64, id: u64) -> (u64, u64) {
        self.settings += 1;
        let place = (deadline.max(self.now), self.settings);
        self.pending.insert(place, id);
        place
    }

    fn advance(&mut self, now: u64, limit: usize) -> Vec<u64> {
        self.now = self.now.max(now);
        let mut fired = Vec::new();
        while let Some(first) = self.pending.first_entry() {
            if first.key().0 > self.now {
                break;
            }
            if fired.len() == limit {
                self.now = first.key().0;
                break;
            }
            fired.push(first.remove());
        }
        fired
    }
}

/// A timer as its owner sees it: the key, the place in the model, the payload.
struct Owned {
    key: Key,
    place: (u64, u64),
    id: u64,
}

struct Pair {
    wheel: Wheel<u64>,
    model: Model,
    owned: Vec<Owned>,
    ids: u64,
    /// An entry left its slot otherwise than by firing: `next_deadline` may be earlier than exact.
    removed: bool,
}

impl Pair {
    fn new() -> Pair {
        let model = Model {
            now: 0,
            settings: 0,
            pending: BTreeMap::new(),
        };
        Pair {
            wheel: Wheel::new(),
            model,
            owned: Vec::new(),
            ids: 0,
            removed: false,
        }
    }

    /// One random operation; takes pending entries away only if told so.
    fn step(&mut self, chance: &mut Chance, removals: bool) {
        let deadline = match chance.below(8) {
            0 => chance.below(self.model.now.saturating_add(1)),
            _ => self.model.now.saturating_add(chance.distance()),
        };
        self.ids += 1;
        let id = self.ids;
        let any = chance.below(self.owned.len().max(1) as u64) as usize;
        match chance.below(10) {
            4 | 5 if !removals => self.advance(chance),
            0..4 => {
                let place = self.model.set(deadline, id);
                let key = self.wheel.insert(deadline, id);
                self.owned.push(Owned { key, place, id });
            }
            4 if !self.owned.is_empty() => {
                let Owned { key, place, .. } = self.owned.swap_remove(any);
                let expected = self.model.pending.remove(&place);
                self.removed |= expected.is_some();
                assert_eq!(self.wheel.remove(key), expected);
            }
            5 if !self.owned.is_empty() => {
                let owned = &mut self.owned[any];
                let pending = self.model.pending.remove(&owned.place);
                self.removed |= pending.is_some();
                assert_eq!(self.wheel.reset(&owned.key, deadline), pending.is_some());
                if let Some(id) = pending {
                    owned.place = self.model.set(deadline, id);
                }
            }
            6 if !self.owned.is_empty() => {
                let owned = &mut self.owned[any];
                let answer = self.wheel.replace(&owned.key, id);
                match self.model.pending.get_mut(&owned.place) {
                    Some(old) => {
                        assert_eq!(answer, Ok(*old));
                        *old = id;
                        owned.id = id;
                    }
                    None => assert_eq!(answer, Err(id)),
                }
            }
            _ => self.advance(chance),
        }
        self.compare(any);
    }

    fn advance(&mut self, chance: &mut Chance) {
        let limit = [0, 1, 3, NO_LIMIT][chance.below(4) as usize];
        let now = match chance.below(4) {
            0 => self.wheel.next_deadline().unwrap_or(0),
            // The far end only seldom: there is no way back from it.
            _ => self
                .model
                .now
                .saturating_add(chance.distance() >> chance.below(64)),
        };
        let mut fired = Vec::new();
        self.wheel.advance(now, limit, &mut fired);
        assert_eq!(
            fired,
            self.model.advance(now, limit),
            "advance({now}, {limit})"
        );
    }

    fn compare(&mut self, any: usize) {
        assert_eq!(self.wheel.len(), self.owned.len());
        assert_eq!(self.wheel.is_empty(), self.owned.is_empty());
        if let Some(owned) = self.owned.get(any) {
            let pending = self.model.pending.contains_key(&owned.place);
            assert_eq!(self.wheel.payload(&owned.key), pending.then_some(&owned.id));
        }
        let first = self.model.pending.keys().next().map(|place| place.0);
        let bound = self.wheel.next_deadline();
        assert_eq!(bound.is_some(), first.is_some());
        assert!(bound <= first, "{bound:?} is no lower bound of {first:?}");
        assert!(
            self.removed || bound == first,
            "{bound:?} is not exact: {first:?}"
        );
    }
}

#[test]
fn the_wheel_agrees_with_a_sorted_map() {
    for seed in 1..=60u64 {
        println!("seed {seed}");
        let mut chance = Chance(seed.wrapping_mul(0x9E37_79B9_7F4A_7C15));
        let mut pair = Pair::new();
        for _ in 0..5_000 {
            pair.step(&mut chance, seed % 2 == 0);
        }
        let rest = fire(&mut pair.wheel, u64::MAX);
        assert_eq!(rest, pair.model.advance(u64::MAX, NO_LIMIT));
        for owned in pair.owned {
            assert_eq!(pair.wheel.remove(owned.key), None);
        }
        assert!(pair.wheel.is_empty());
    }
}
