"""What one operation of a row costs, counted: instructions, atomics and allocations, and in which files.

    python3 benches/instructions.py [--lane LANE]... [--files] [ROW...]

Needs valgrind, objdump and cargo. Builds `duel` as it is measured, but with line numbers, into
target/instructions, and runs a row's lane under callgrind at two scales; the difference, divided by the
operations that it is a difference of, is the cost of one, so that start, end and warming up cancel out.

- **Counts do not drift.** Two runs of the same build differ by less than a hundredth.
- **Where the code stands.** An inlined function counts for the file it was written in (`--files`).
- **An atomic** is an instruction with a `lock` prefix, or an exchange with memory, wherever it stands: in
  the runtime, in std, in the allocator; this is the check of `tests/counted/`, from the other side.

Leaves out: the kernel's instructions, and what a cache miss costs.
"""

import argparse
import collections
import os
import pathlib
import re
import subprocess
import sys
import tempfile

ROOT = pathlib.Path(__file__).resolve().parent.parent
FOLDER = ROOT / "target" / "instructions"
DUEL = FOLDER / "release" / "duel"

# The rows of the cost model, with how many operations one of their scale is.
ROWS = {
    "spawn/batch": 1,
    "spawn/await": 1,
    "yield/1": 1,
    "yield/1000": 1_000,
    "pingpong": 1,
    "oneshot/alone": 1,
    "oneshot/tasks": 1,
    "timer/arm": 1,
    "timer/cancel": 1,
    "wait_for/ready": 1,
    "join_all/1000": 1_000,
    "join_all/1000/once": 1_000,
}

# About so many operations at the smaller scale; the larger one is six times as much.
OPERATIONS = 2_000
# A child first does a tenth of its scale to warm up.
WARM = 1.1

ALLOCATING = {"malloc", "calloc", "realloc", "posix_memalign", "aligned_alloc"}


class Counts:
    """What a run counted, each by the file it happened in."""

    def __init__(self):
        self.instructions = collections.Counter()
        self.atomics = collections.Counter()
        self.allocations = 0


def build():
    environment = dict(os.environ)
    environment["CARGO_TARGET_DIR"] = str(FOLDER)
    environment["CARGO_PROFILE_RELEASE_DEBUG"] = "line-tables-only"
    command = ["cargo", "build", "--quiet", "--release", "-p", "benches", "--bin", "duel"]
    subprocess.run(command, cwd=ROOT, env=environment, check=True)


def atomic_addresses(program, known={}):
    """Where `program` has read-modify-writes."""
    if program not in known:
        command = ["objdump", "--disassemble", "--no-show-raw-insn", program]
        listing = subprocess.run(command, capture_output=True, text=True, check=False).stdout
        locked = re.compile(r"^\s*([0-9a-f]+):\s+(?:lock\b|xchg\s.*\()", re.MULTILINE)
        known[program] = {int(found.group(1), 16) for found in locked.finditer(listing)}
    return known[program]


def run(row, lane, scale):
    """The counts of one child under callgrind."""
    with tempfile.TemporaryDirectory() as folder:
        output = pathlib.Path(folder) / "callgrind"
        command = ["valgrind", "--tool=callgrind", "--dump-instr=yes", "--compress-strings=no"]
        command += ["--compress-pos=no", f"--callgrind-out-file={output}", "--quiet"]
        command += [str(DUEL), "--measure", row, lane, str(scale)]
        child = subprocess.run(command, capture_output=True, text=True, check=False)
        if child.returncode != 0:
            sys.exit(f"instructions: {lane} in {row}: {child.stderr.strip()}")
        return read(output)


def read(output):
    """The counts in a file of callgrind's: lines of an address, a line number and a cost."""
    counts = Counts()
    program = file = called = ""
    skip = False
    for line in output.open():
        key, equals, value = line.rstrip("\n").partition("=")
        if equals and key in ("fl", "fi", "fe"):
            file = value
        elif equals and key == "ob":
            program = value
        elif equals and key == "cfn":
            called = value
        elif equals and key == "calls":
            # The next line is the cost of the calls themselves, which stands with the called.
            skip = True
            if called.split("@")[0] in ALLOCATING:
                counts.allocations += int(value.split()[0])
        elif line.startswith("0x"):
            if skip:
                skip = False
                continue
            address, _, cost = line.split()
            counts.instructions[file] += int(cost)
            if int(address, 16) in atomic_addresses(program):
                counts.atomics[file] += int(cost)
    return counts


def short(file):
    """A file's name as it is known: in this tree, in a crate, in std, in a library."""
    for pattern in (rf"^{re.escape(str(ROOT))}/(.*)", r".*/registry/src/[^/]+/(.*)", r".*/(library/.*)"):
        found = re.match(pattern, file)
        if found:
            return found.group(1)
    if file.startswith(("runtime/", "benches/")):
        return file
    return "libc: " + pathlib.Path(file).name if file.endswith(".c") else file.replace("???", "libc")


def cost(row, lane):
    """What one operation costs: instructions and atomics by file, and allocations."""
    each = ROWS.get(row, 1)
    scale = max(OPERATIONS // each, 1) * 10
    small, large = run(row, lane, scale), run(row, lane, 6 * scale)
    operations = 5 * scale * WARM * each

    def difference(of):
        by_file = collections.Counter()
        for file, count in of(large).items():
            by_file[short(file)] += (count - of(small)[file]) / operations
        return by_file

    allocations = (large.allocations - small.allocations) / operations
    return difference(lambda c: c.instructions), difference(lambda c: c.atomics), allocations


def compare(rows, lanes):
    """A line for each row, three columns for each lane."""
    titles = [f"{lane}: instructions | atomics | allocations" for lane in lanes]
    print("| row | " + " | ".join(titles) + " |\n|---|" + "--:|" * (3 * len(lanes)))
    for row in rows:
        line = f"| `{row}` |"
        for lane in lanes:
            instructions, atomics, allocations = cost(row, lane)
            total, changes = sum(instructions.values()), sum(atomics.values())
            line += f" {total:.0f} | {changes:.2f} | {allocations:.2f} |"
        print(line, flush=True)


def explain(row, lane):
    """A line for each file that a lane's instructions of a row are written in."""
    instructions, atomics, allocations = cost(row, lane)
    total, changes = sum(instructions.values()), sum(atomics.values())
    print(f"**`{row}`**, {lane}: {total:.0f} instructions, {changes:.2f} atomics,", end=" ")
    print(f"{allocations:.2f} allocations.\n\n| file | instructions | atomics |\n|---|--:|--:|")
    for file, count in instructions.most_common():
        if count >= 0.5:
            print(f"| `{file}` | {count:.1f} | {atomics[file]:.2f} |")
    print(flush=True)


def main():
    reader = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    reader.add_argument("--lane", action="append", help="whose; more than once for several")
    reader.add_argument("--files", action="store_true", help="where they are spent")
    reader.add_argument("rows", nargs="*", metavar="ROW", help=", ".join(ROWS))
    asked = reader.parse_args()
    rows, lanes = asked.rows or list(ROWS), asked.lane or ["tourbillon"]
    build()
    if not asked.files:
        return compare(rows, lanes)
    for row in rows:
        for lane in lanes:
            explain(row, lane)


main()
