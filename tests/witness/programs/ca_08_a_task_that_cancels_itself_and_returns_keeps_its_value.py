"""A departure: here a task that cancels itself and returns ends as cancelled."""

import asyncio

from virtual_clock import log, run


def took(cancelled):
    return "takes" if cancelled else "refuses"


async def end_of(task):
    try:
        return await task
    except asyncio.CancelledError:
        return "a cancel"


async def a():
    log(f"a {took(asyncio.current_task().cancel())} a cancel")
    log("a returns")
    return 42


async def b():
    log(f"b {took(asyncio.current_task().cancel())} a cancel")
    log("b waits")
    await asyncio.sleep(1)
    return 43


async def main():
    first = asyncio.create_task(a())
    second = asyncio.create_task(b())
    log(f"a ends with {await end_of(first)}")
    log(f"b ends with {await end_of(second)}")


run(main)
