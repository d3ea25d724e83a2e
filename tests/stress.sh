#!/usr/bin/env bash
# Eight workers under a mix of everything: nothing stands still for a second, and idle they use no
# processor time. On two cores as the system deals them out, pinned to one core, and pinned to two.
#
#     bash tests/stress.sh [SECONDS [SEED]]
#
# Each of the three runs is a mix of SECONDS (5 unless said), then five seconds of idleness; see
# `tests/stress/main.rs`. Without a SEED each takes its own, and prints it. Needs cargo and taskset.
set -euo pipefail
cd "$(dirname "$0")/.."

export TOURBILLON_STRESS_SECONDS=${1:-5}
[ $# -lt 2 ] || export TOURBILLON_STRESS_SEED=$2

command -v taskset >/dev/null || { echo "stress: taskset is missing: apt-get install util-linux"; exit 1; }
cores=$(nproc)
[ "$cores" -ge 2 ] || { echo "stress: FAIL: this needs two cores"; exit 1; }

# Optimized, but without the release profile's fat LTO, which the linker is slow at.
export CARGO_TARGET_DIR=target/stress
export CARGO_PROFILE_RELEASE_LTO=off CARGO_PROFILE_RELEASE_CODEGEN_UNITS=16
echo "stress: builds the release binary of tests/stress"
program=$(cargo test --release --test stress --no-run 2>&1 | sed -n 's/.*Executable.*(\(.*\))/\1/p')
[ -x "$program" ] || { echo "stress: FAIL: the program was not built"; exit 1; }

# The first two of the cores that we may use, whatever their numbers.
allowed=$(taskset -pc $$ | sed 's/.*: //')
numbers=$(for range in ${allowed//,/ }; do seq "${range%-*}" "${range#*-}"; done | head -n 2)
first=$(head -n 1 <<<"$numbers")
both=$(paste -sd, <<<"$numbers")

run() {
    local where=$1
    shift
    printf '\nstress: %s: %s\n' "$where" "$*"
    "$@" "$program" --nocapture --test-threads=1 | tee "$report"
    grep -q '^stress: PASS' "$report" || { echo "stress: FAIL: $where: no word of success"; exit 1; }
}

report=$(mktemp)
trap 'rm -f "$report"' EXIT
run "on $cores cores" env
run "pinned to one core" taskset -c "$first"
run "pinned to two cores" taskset -c "$both"
echo "stress: PASS: three runs"
