"""The cancel of a caller reaches what it waits for first, and then the caller."""

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


async def outer(name, seconds, limit):
    try:
        await limited(name, guarded(name, seconds), limit)
    finally:
        log(f"the caller of {name} is gone")


async def main():
    callers = [("a", 5, 4), ("b", 7, 6)]
    for caller in [asyncio.create_task(outer(*arguments)) for arguments in callers]:
        await asyncio.sleep(1)
        log("main cancels")
        caller.cancel()
        try:
            await caller
        except asyncio.CancelledError:
            log("main has the end")


run(main)
