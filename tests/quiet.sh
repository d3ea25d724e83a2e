#!/usr/bin/env bash
# Three sleeping counters cost nothing: at most 5 ms of CPU and 12 epoll_wait calls in all.
#
#     bash tests/quiet.sh
#
# Needs cargo, awk, and strace with the right to trace. Builds `examples/counting.rs` for release,
# which takes a minute where nothing is built yet, and runs it twice on the real clock.
set -euo pipefail
cd "$(dirname "$0")/.."

most_calls=12
most_cpu_ms=5

command -v strace >/dev/null || { echo "quiet: strace is missing: apt-get install strace"; exit 1; }
echo "quiet: builds the release binary of examples/counting.rs"
cargo build --quiet --release --example counting
program=${CARGO_TARGET_DIR:-target}/release/examples/counting

report=$(mktemp)
trap 'rm -f "$report"' EXIT
strace -f -c -e trace=epoll_wait,epoll_pwait,epoll_pwait2 -o "$report" "$program" >/dev/null ||
    { echo "quiet: FAIL: no run under strace, which needs SYS_PTRACE in a container"; exit 1; }
calls=$(awk '$NF ~ /^epoll/ { calls += $4 } END { print calls + 0 }' "$report")

# User and system time of a run without strace, in milliseconds.
TIMEFORMAT='%U %S'
cpu_ms=$({ time "$program" >/dev/null; } 2>&1 | awk '{ printf "%d", ($1 + $2) * 1000 }')

echo "quiet: three counters, one second: $calls epoll_wait calls (at most $most_calls)," \
    "$cpu_ms ms of CPU (at most $most_cpu_ms)"
[ "$calls" -gt 0 ] || { echo "quiet: FAIL: strace saw no call at all"; exit 1; }
[ "$calls" -le "$most_calls" ] || { echo "quiet: FAIL: too many calls"; exit 1; }
[ "$cpu_ms" -le "$most_cpu_ms" ] || { echo "quiet: FAIL: too much CPU"; exit 1; }
echo "quiet: PASS"
