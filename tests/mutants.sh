#!/usr/bin/env bash
# Breaks the runtime on purpose, one line at a time, and expects the tests to notice.
#
#     bash tests/mutants.sh [--list | --help] [NAME...]
#
# Each tests/mutants/NAME.patch begins with a sentence that says what it breaks, and names the tests
# that must fail, one a line:
#
#     must fail: --test it cancel::a_cancelled_task_is_over
#     must fail: --test contract tg_15_an_empty_group_is_over_at_its_first_poll
#     must fail: loom a_cancel_against_a_poll_ends_the_task
#
# A name is a test's own name, or as much of its path as makes it the only one. A mutant is killed if
# every test that it names fails, aborts, or takes longer than 90 s. A patch that does not apply or
# does not build, and a named test that is missing or fails without any patch, are errors.
#
# Always: the work tree is not touched. Everything happens in a copy, target/mutants/tree, with build
# folders of its own, kept for the next run; two runs at once are refused.
#
# Leaves out: mutants that nobody wrote down; there is no generator.
set -euo pipefail
cd "$(dirname "$0")/.."

root=$PWD
patches=$root/tests/mutants
work=$root/target/mutants
tree=$work/tree
limit=90
export LC_ALL=C RUST_BACKTRACE=0 CARGO_TERM_COLOR=never CARGO_PROFILE_DEV_DEBUG=0

fail() {
    printf 'mutants: ERROR: %s\n' "$*" >&2
    exit 2
}

usage() {
    sed -n '2,/^set /{/^#/s/^# \{0,1\}//p}' "$0"
}

header() {
    sed '/^diff --git /,$d' "$patches/$1.patch"
}

# What a mutant breaks, in one line.
promise() {
    header "$1" | sed '/^must fail: /d; /^$/d' | tr '\n' ' ' | sed 's/ $//'
}

# The tests that must fail, one a line: a target ("--test it", "--lib", "loom") and a name.
must_fail() {
    header "$1" | sed -n 's/^must fail: *//p'
}

# Runs cargo in the copy, for a target, with what else is said. The loom models are built as
# .ci/run builds them.
cargo_for() {
    local target=$1
    shift
    if [ "$target" = loom ]; then
        (cd "$tree" && RUSTFLAGS="--cfg tourbillon_loom" CARGO_TARGET_DIR=$work/loom \
            CARGO_PROFILE_RELEASE_LTO=off CARGO_PROFILE_RELEASE_CODEGEN_UNITS=16 \
            timeout "${seconds:-0}" cargo test --quiet --release --test loom "$@")
    else
        # A target is one word or two.
        # shellcheck disable=SC2086
        (cd "$tree" && CARGO_TARGET_DIR=$work/build \
            timeout "${seconds:-0}" cargo test --quiet $target "$@")
    fi
}

# Makes the copy equal to the work tree. A file that is equal keeps its time, so that builds stay
# incremental; one that differs gets the present time, so that no build of a mutant looks fresh.
copy_tree() {
    local file
    mkdir -p "$tree"
    git ls-files -co --exclude-standard -z | sort -zu >"$work/files"
    while IFS= read -r -d '' file; do
        [ -f "$file" ] || continue
        cmp -s "$file" "$tree/$file" && continue
        mkdir -p "$(dirname "$tree/$file")"
        rm -f "$tree/$file"
        cp "$file" "$tree/$file"
    done <"$work/files"
    # What is gone from the work tree goes from the copy.
    (cd "$tree" && find . -type f -printf '%P\0' | sort -z) >"$work/copied"
    comm -z -13 "$work/files" "$work/copied" | (cd "$tree" && xargs -0 -r rm -f)
}

# Applies a patch to the copy, or takes it back ("-R"); every touched file gets the present time.
patch_tree() {
    # Git must not find the repository around the copy: it would ignore what is not in its index.
    (cd "$tree" && GIT_CEILING_DIRECTORIES=$work git apply --whitespace=nowarn "${@:2}" \
        "$patches/$1.patch") || return
    sed -n 's,^+++ b/,,p' "$patches/$1.patch" | (cd "$tree" && xargs touch)
}

# The full path of a test whose own name, or the end of whose path, was given.
resolve() {
    local target=$1 name=$2 found
    found=$(grep -E "^(.*::)?$name: test\$" "$work/tests of $target" | sed 's/: test$//') || true
    [ -n "$found" ] || fail "there is no test $name in $target"
    [ "$(wc -l <<<"$found")" = 1 ] || fail "$name is not the only one in $target:" $found
    printf '%s\n' "$found"
}

# Splits "--test it some::name" into target and name.
target_of() { printf '%s\n' "${1% *}"; }
name_of() { printf '%s\n' "${1##* }"; }

# All named tests exist and pass as the tree stands.
check_unbroken() {
    local target line names since
    while IFS= read -r target; do
        since=$SECONDS
        cargo_for "$target" --no-run || fail "$target does not build without any patch"
        cargo_for "$target" -- --list 2>/dev/null >"$work/tests of $target"
        names=()
        while IFS= read -r line; do
            names+=("$(resolve "$target" "$(name_of "$line")")")
        done < <(grep -F -- "$target " "$work/named")
        cargo_for "$target" -- --exact "${names[@]}" >"$work/output" 2>&1 || {
            cat "$work/output"
            fail "a named test of $target fails without any patch"
        }
        printf 'mutants: %s: %d named tests pass unbroken (%d s)\n' \
            "$target" ${#names[@]} $((SECONDS - since))
    done < <(while IFS= read -r line; do target_of "$line"; done <"$work/named" | sort -u)
}

# Whether a test fails in the copy as it stands; says how.
is_killed_by() {
    local target=$1 name=$2 code=0
    seconds=$limit cargo_for "$target" -- --exact "$name" >"$work/output" 2>&1 || code=$?
    if [ $code = 0 ]; then
        return 1
    elif [ $code = 124 ]; then
        how="out of time"
    elif grep -q "FAILED" "$work/output"; then
        how="failed"
    elif grep -q "signal: " "$work/output"; then
        how="aborted"
    else
        cat "$work/output"
        fail "$name ended with code $code and says nothing of a test that failed"
    fi
}

# Builds one mutant and runs its tests. Sets `verdict`.
try_mutant() {
    local mutant=$1 line target
    patch_tree "$mutant" || { verdict="ERROR: the patch does not apply"; return; }
    verdict=""
    while IFS= read -r line; do
        target=$(target_of "$line")
        if ! cargo_for "$target" --no-run >"$work/output" 2>&1; then
            cat "$work/output"
            verdict="ERROR: it does not build"
            break
        fi
        if is_killed_by "$target" "$(resolve "$target" "$(name_of "$line")")"; then
            verdict+="${verdict:+, }$how"
        else
            verdict="SURVIVED: $line passes"
            break
        fi
    done < <(must_fail "$mutant")
    patch_tree "$mutant" -R || fail "$mutant cannot be taken back"
}

list=no
names=()
for argument in "$@"; do
    case $argument in
        --help) usage; exit ;;
        --list) list=yes ;;
        -*) fail "there is no option $argument: see --help" ;;
        *) names+=("$(basename "$argument" .patch)") ;;
    esac
done
if [ ${#names[@]} = 0 ]; then
    for file in "$patches"/*.patch; do
        names+=("$(basename "$file" .patch)")
    done
fi
for name in "${names[@]}"; do
    [ -f "$patches/$name.patch" ] || fail "there is no tests/mutants/$name.patch"
    [ -n "$(promise "$name")" ] || fail "$name does not say what it breaks"
    [ -n "$(must_fail "$name")" ] || fail "$name names no test that must fail"
done
if [ $list = yes ]; then
    for name in "${names[@]}"; do
        printf '%s: %s\n' "$name" "$(promise "$name")"
    done
    exit
fi

mkdir -p "$work"
exec 9>"$work/lock"
flock -n 9 || fail "another run is at work in $work"
for name in "${names[@]}"; do must_fail "$name"; done | sort -u >"$work/named"
copy_tree
check_unbroken
killed=0
for index in "${!names[@]}"; do
    since=$SECONDS
    try_mutant "${names[index]}"
    case $verdict in
        ERROR* | SURVIVED*) ;;
        *) killed=$((killed + 1)) ;;
    esac
    # "failed, failed" as "2 failed".
    case $verdict in
        ERROR* | SURVIVED*) ;;
        *,*) verdict=$(tr ',' '\n' <<<"${verdict//, /,}" | sort | uniq -c | xargs | sed 's/ \([0-9]\)/, \1/g') ;;
    esac
    printf 'mutants: %d/%d %s: %s (%d s)\n' \
        $((index + 1)) ${#names[@]} "${names[index]}" "$verdict" $((SECONDS - since))
done
printf 'mutants: %d of %d killed in %d s\n' $killed ${#names[@]} $SECONDS
[ $killed = ${#names[@]} ]
