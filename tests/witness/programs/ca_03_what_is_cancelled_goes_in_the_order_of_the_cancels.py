"""Cancelled tasks clean up in the order in which they were cancelled, in the next round."""

import asyncio

from virtual_clock import log, run


async def guarded(name, seconds):
    try:
        log(f"{name} starts")
        await asyncio.sleep(seconds)
        log(f"{name} ends")
        return name
    finally:
        log(f"{name} is gone")


async def main():
    delays = [("a", 1), ("b", 2), ("c", 3), ("d", 4)]
    tasks = [asyncio.create_task(guarded(name, seconds)) for name, seconds in delays]
    await asyncio.sleep(0)
    for n in (2, 0, 3, 1):
        tasks[n].cancel()
    log("main has cancelled")
    await asyncio.sleep(0)
    log("main was away")


run(main)
