"""Cancelling the task that gathers cancels the children, in the order of the arguments."""

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


async def parent():
    names = [("a", 3), ("b", 2), ("c", 4)]
    await asyncio.gather(*[guarded(name, seconds) for name, seconds in names])


async def main():
    task = asyncio.create_task(parent())
    await asyncio.sleep(1)
    log("main cancels the parent")
    task.cancel()
    try:
        await task
    except asyncio.CancelledError:
        log("main has the end of the parent")


run(main)
