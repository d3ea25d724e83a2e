"""The cancel of what is waited for is told as such, not as a timeout."""

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


async def enemy(task):
    await sleeper("enemy", 1)
    task.cancel()


async def main():
    names = [("a", 5), ("b", 2), ("c", 6)]
    tasks = [(name, asyncio.create_task(guarded(name, seconds))) for name, seconds in names]
    enemy_task = asyncio.create_task(enemy(tasks[0][1]))
    for name, task in tasks:
        try:
            await asyncio.wait_for(task, 3)
            log(f"{name} came in time")
        except asyncio.CancelledError:
            log(f"{name} was cancelled")
        except TimeoutError:
            log(f"{name} timed out")
    await enemy_task


run(main)
