"""Fills docs/benchmarks.md in: runs a command and puts what it prints between the marks that bear its name.

    python3 benches/page.py [--quick] PART...

PART is one of rows, growth, counted, spawn, operations, or `all`. `--quick` is for rows and growth.

- **Nothing by hand.** A figure on the page is what the command beside it printed.
- **All or nothing.** A part whose command fails stays as it is, and the exit code is 1.

Leaves out: the texts, and the reasons.
"""

import os
import pathlib
import subprocess
import sys

ROOT = pathlib.Path(__file__).resolve().parent.parent
PAGE = ROOT / "docs" / "benchmarks.md"
DUEL = ["cargo", "run", "--quiet", "--release", "-p", "benches", "--bin", "duel", "--", "--markdown"]
COUNTED = ["cargo", "test", "--quiet", "--test", "counted", "--", "--nocapture", "--test-threads=1"]
INSTRUCTIONS = ["python3", "benches/instructions.py"]

PARTS = {
    "rows": DUEL + ["--plot", "docs/rows.svg"],
    "growth": DUEL + ["--growth", "--plot", "docs/growth.svg"],
    "counted": COUNTED,
    "spawn": INSTRUCTIONS + ["--files", "spawn/await"],
    "operations": INSTRUCTIONS + ["--lane", "tourbillon", "--lane", "tokio", "--lane", "smol"],
}


def environment(part):
    """The counted costs need the tally behind the door, and a folder for such a build."""
    variables = dict(os.environ)
    if part == "counted":
        variables["RUSTFLAGS"] = "--cfg tourbillon_counting"
        variables["CARGO_TARGET_DIR"] = str(ROOT / "target" / "counting")
    return variables


def counted_table(output):
    """The judged lines of the tests' output as a table: an operation, its atomics, its allocations."""
    costs = {}
    for line in output.splitlines():
        words = line.lstrip(".").split(", at most ")[0].split()
        if ", at most " in line and words[-1] in ("atomics", "allocations"):
            costs.setdefault(" ".join(words[:-2]), {})[words[-1]] = words[-2]
    table = "| operation | atomics | allocations |\n|---|--:|--:|\n"
    for operation, cost in costs.items():
        table += f"| {operation} | {cost['atomics']} | {cost['allocations']} |\n"
    return table


def fill(part, quick):
    """Runs the part's command and replaces what stands between its marks; says whether it could."""
    command = PARTS[part] + (["--quick"] if quick and part in ("rows", "growth") else [])
    run = subprocess.run(command, cwd=ROOT, env=environment(part), stdout=subprocess.PIPE, text=True)
    if run.returncode != 0:
        print(f"page: {part}: {' '.join(command)} failed", file=sys.stderr)
        return False
    text = counted_table(run.stdout) if part == "counted" else run.stdout
    begin, end = f"<!-- {part} -->\n", f"<!-- end of {part} -->\n"
    before, rest = PAGE.read_text().split(begin)
    _, after = rest.split(end)
    PAGE.write_text(f"{before}{begin}\n{text.strip()}\n\n{end}{after}")
    return True


def main():
    arguments = [argument for argument in sys.argv[1:] if argument != "--quick"]
    parts = list(PARTS) if arguments == ["all"] else arguments
    if not parts or any(part not in PARTS for part in parts):
        sys.exit(__doc__)
    done = [fill(part, "--quick" in sys.argv) for part in parts]
    sys.exit(0 if all(done) else 1)


main()
