"""A departure: here wait_for waits until a task that timed out is gone."""

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


def spawned(name, seconds):
    return asyncio.create_task(guarded(name, seconds))


async def main():
    callers = [("a", 5, 2), ("b", 6, 1)]
    callers = [
        asyncio.create_task(limited(name, spawned(name, seconds), limit))
        for name, seconds, limit in callers
    ]
    for caller in callers:
        await caller


run(main)
