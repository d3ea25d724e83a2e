"""A timeout around a group cancels its body, then its member, and is told then."""

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


async def main():
    other = asyncio.create_task(sleeper("other", 2))
    await asyncio.sleep(0)
    try:
        async with asyncio.timeout(1):
            async with asyncio.TaskGroup() as group:
                group.create_task(guarded("member", 5))
                await guarded("body", 4)
    except TimeoutError:
        log("the group timed out")
    await other
    log("main ends")


run(main)
