//! The rows under Criterion: distributions and an HTML report of the same workloads.
//!
//! All lanes run in one process here, so the heap of one is the heap of the next: for figures to
//! compare, `duel` counts. One iteration is one unit of a row's scale.
//!
//! - **Bounded.** A sample that takes too long is cut off between two batches and scaled up, so
//!   that all rows take minutes and not hours. No batch is larger than `duel --quick` does at once:
//!   ten million tasks, which Criterion would ask for, fill the memory of a small machine.
//!
//! Leaves out: what is not counted in nanoseconds, curves, and rows that take long.

use std::time::{Duration, Instant};

use benches::row::{self, Row, Unit, Work};
use criterion::{Criterion, criterion_group, criterion_main};

/// What a lane's samples may take in all, by Criterion's plan.
const MEASURING: Duration = Duration::from_secs(1);
const WARMING: Duration = Duration::from_millis(300);
const SAMPLES: usize = 20;
/// How often the samples are drawn anew for the confidence intervals: enough for two digits.
const RESAMPLES: usize = 10_000;
/// After so long a sample ends with its batch.
const SAMPLE: Duration = Duration::from_millis(100);

fn rows(criterion: &mut Criterion) {
    let timed = row::all().filter(|row| row.quick && row.unit == Unit::Nanoseconds);
    for row in timed {
        let mut group = criterion.benchmark_group(row.name);
        group.sample_size(SAMPLES).nresamples(RESAMPLES);
        group.warm_up_time(WARMING).measurement_time(MEASURING);
        for (lane, work) in row.lanes {
            group.bench_function(*lane, |bencher| {
                bencher.iter_custom(|iterations| sample(row, *work, iterations));
            });
        }
        group.finish();
    }
}

/// How long so many iterations take, or would.
fn sample(row: &Row, work: Work, iterations: u64) -> Duration {
    let largest = (row.scale / 10).max(1) as u64;
    let (began, mut elapsed, mut done) = (Instant::now(), Duration::ZERO, 0);
    while done < iterations && began.elapsed() < SAMPLE {
        let batch = largest.min(iterations - done);
        elapsed += work(batch as usize).elapsed();
        done += batch;
    }
    elapsed.mul_f64(iterations as f64 / done as f64)
}

criterion_group!(benches, rows);
criterion_main!(benches);
