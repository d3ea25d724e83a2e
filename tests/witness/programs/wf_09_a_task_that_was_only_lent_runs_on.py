"""What is shielded runs on when its time is up."""

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


async def caller(name, seconds, limit):
    task = asyncio.create_task(guarded(name, seconds))
    log(f"the caller of {name} waits")
    await limited(name, asyncio.shield(task), limit)
    log(f"the caller has {await task}")


async def main():
    callers = [("a", 3, 1), ("b", 4, 2)]
    callers = [asyncio.create_task(caller(*arguments)) for arguments in callers]
    for task in callers:
        await task


run(main)
