"""With return_exceptions the cancel of a child is a result like any other."""

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
    names = [("a", 3), ("b", 4), ("c", 2)]
    tasks = [asyncio.create_task(guarded(name, seconds)) for name, seconds in names]
    enemy_task = asyncio.create_task(enemy(tasks[1]))
    for output in await asyncio.gather(*tasks, return_exceptions=True):
        cancelled = isinstance(output, asyncio.CancelledError)
        log(f"main has {'a cancel' if cancelled else output}")
    await enemy_task


run(main)
