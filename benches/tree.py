"""The tree of tasks in Python: the twin of `src/workload/tree.rs`, in asyncio and in uvloop.

It is pyperformance's `async_tree` in its variant `none`: six levels of `asyncio.gather` over six
children each, leaves that return at once.

- A figure and nothing else: the nanoseconds that a task took, as a lane of the table prints it.
- The clock runs inside the loop, as it does in the lanes of the table, after one tree unmeasured.

    python3 tree.py (asyncio|uvloop) TREES
"""

import asyncio
import sys
import time

LEVELS = 6
BRANCHES = 6
TASKS = sum(BRANCHES**level for level in range(LEVELS + 1))


async def node(level):
    """How many leaves hang from here."""
    if level == 0:
        return 1
    return sum(await asyncio.gather(*[node(level - 1) for _ in range(BRANCHES)]))


async def trees(count):
    """What a task costs in so many trees, one after the other."""
    await node(LEVELS)
    started = time.perf_counter_ns()
    for _ in range(count):
        leaves = await node(LEVELS)
        assert leaves == BRANCHES**LEVELS, "every leaf was there"
    return (time.perf_counter_ns() - started) / (count * TASKS)


def runner(loop):
    """What runs a coroutine on that loop."""
    if loop == "asyncio":
        return asyncio.run
    import uvloop

    return uvloop.run


if __name__ == "__main__":
    loop, count = sys.argv[1:]
    print(runner(loop)(trees(int(count))))
