//! The rows under Criterion: distributions and an HTML report of the same workloads.
//!
//! All lanes run in one process here, so the heap of one is the heap of the next: for figures to
//! compare, `duel` counts. One iteration is one unit of a row's scale. What
//! is not counted in nanoseconds is left out, and so are long rows.

use std::time::Duration;

use benches::row::{self, Row, Unit, Work};
use criterion::{Criterion, criterion_group, criterion_main};

fn rows(criterion: &mut Criterion) {
    let timed = row::all().filter(|row| row.quick && row.unit == Unit::Nanoseconds);
    for row in timed {
        let mut group = criterion.benchmark_group(row.name);
        group.sample_size(20);
        for (lane, work) in row.lanes {
            group.bench_function(*lane, |bencher| {
                bencher.iter_custom(|iterations| in_batches(row, *work, iterations as usize));
            });
        }
        group.finish();
    }
}

/// Does so much work, but never more at once than `duel` does: a batch of ten million tasks, which
/// Criterion would ask for, fills the memory of a small machine.
fn in_batches(row: &Row, work: Work, mut left: usize) -> Duration {
    let mut elapsed = Duration::ZERO;
    while left > 0 {
        let batch = left.min(row.scale);
        elapsed += work(batch).elapsed();
        left -= batch;
    }
    elapsed
}

criterion_group!(benches, rows);
criterion_main!(benches);
