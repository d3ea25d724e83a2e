"""A departure: here what has no time is never started."""

import asyncio

from virtual_clock import log, run


async def sleeper(name, seconds):
    log(f"{name} starts")
    await asyncio.sleep(seconds)
    log(f"{name} ends")
    return name


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


async def a():
    log("a ends")


async def main():
    others = [("other", 1), ("another", 2)]
    others = [asyncio.create_task(sleeper(name, seconds)) for name, seconds in others]
    await asyncio.sleep(0)
    await limited("a", a(), 0)
    await limited("b", guarded("b", 1), 0)
    for other in others:
        await other


run(main)
