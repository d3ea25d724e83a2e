"""What comes in time is handed over, and its limit is forgotten."""

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


async def limited(name, future, limit):
    try:
        await asyncio.wait_for(future, limit)
        log(f"{name} came in time")
    except TimeoutError:
        log(f"{name} timed out")


async def main():
    callers = [("a", 1, 3), ("b", 2, 5)]
    callers = [
        asyncio.create_task(limited(name, guarded(name, seconds), limit))
        for name, seconds, limit in callers
    ]
    for caller in callers:
        await caller
    log("main ends")


run(main)
