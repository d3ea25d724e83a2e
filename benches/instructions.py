"""What one operation of a row costs, counted: instructions, atomics and allocations, and in which files.

    python3 benches/instructions.py [--lane LANE]... [--files] [ROW...]

Needs valgrind, objdump, addr2line and cargo. Builds `duel` as it is measured, but with line numbers, into
target/instructions, and runs a row's lane under callgrind at two scales; the difference, divided by the
operations that it is a difference of, is the cost of one, so that start, end and warming up cancel out.

- **Counts do not drift.** Two runs of the same build differ by less than a hundredth.
- **Where the code stands.** An inlined function of this tree counts for the file it was written in; what
  it inlines of std counts for it too (`--files`).
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
    """What one child costs under callgrind; see `read`."""
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
    """How often each instruction ran, by program, function and address; and the allocations."""
    runs, allocations = collections.Counter(), 0
    program = function = called = ""
    inclusive = False
    for line in output.open():
        key, equals, value = line.rstrip("\n").partition("=")
        if equals and key == "ob":
            program = value
        elif equals and key == "fn":
            function = value
        elif equals and key == "cfn":
            called = value
        elif equals and key == "calls":
            # The next line is the cost of what was called, which is counted where it ran.
            inclusive = True
            if called.split("@")[0] in ALLOCATING:
                allocations += int(value.split()[0])
        elif line.startswith("0x"):
            if not inclusive:
                address, _, cost = line.split()
                runs[program, function, int(address, 16)] += int(cost)
            inclusive = False
    return runs, allocations


def places(addresses):
    """The file in which each of these instructions of `duel` was written, by its inlined frames: the
    innermost of this tree, or else of a crate, or else the innermost of all."""
    addresses = sorted(addresses)
    command = ["addr2line", "--addresses", "--inlines", f"--exe={DUEL}"]
    asked = "\n".join(map(hex, addresses))
    answer = subprocess.run(command, input=asked, capture_output=True, text=True, check=True).stdout
    frames, current = {}, None
    for line in answer.splitlines():
        if line.startswith("0x"):
            current = frames.setdefault(int(line, 16), [])
        else:
            current.append(line.rsplit(":", 1)[0])
    return {address: place(frames.get(address, [])) for address in addresses}


def place(frames):
    for pattern in (rf"{re.escape(str(ROOT))}/((?:runtime|benches)/.*)", r".*/registry/src/[^/]+/(.*)"):
        for frame in frames:
            found = re.match(pattern, frame)
            if found:
                return found.group(1)
    return re.sub(r".*/library/", "std: ", frames[0]) if frames else "unknown"


def cost(row, lane):
    """What one operation costs: instructions and atomics by file, and allocations."""
    each = ROWS.get(row, 1)
    scale = max(OPERATIONS // each, 1) * 10
    (small, few), (large, many) = run(row, lane, scale), run(row, lane, 6 * scale)
    operations = 5 * scale * WARM * each
    more = {key: count - small[key] for key, count in large.items() if count != small[key]}
    files = places(address for program, _, address in more if program == str(DUEL))
    instructions, atomics = collections.Counter(), collections.Counter()
    for (program, function, address), count in more.items():
        file = files[address] if program == str(DUEL) else f"libc: {function}"
        instructions[file] += count / operations
        if address in atomic_addresses(program):
            atomics[file] += count / operations
    return instructions, atomics, (many - few) / operations


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
