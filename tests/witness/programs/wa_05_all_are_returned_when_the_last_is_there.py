"""ALL_COMPLETED returns everything when the last is done, cancelled tasks too."""

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


def names(tasks):
    return " ".join(sorted(task.get_name() for task in tasks))


async def enemy(task):
    await asyncio.sleep(2)
    task.cancel()


async def main():
    naps = [("a", 3), ("b", 5), ("c", 1)]
    tasks = [asyncio.create_task(guarded(name, nap), name=name) for name, nap in naps]
    enemy_task = asyncio.create_task(enemy(tasks[1]))
    done, rest = await asyncio.wait(tasks)
    log(f"{names(done)} done, {len(rest)} left")
    log(f"{names(task for task in done if task.cancelled())} was cancelled")
    await enemy_task


run(main)
