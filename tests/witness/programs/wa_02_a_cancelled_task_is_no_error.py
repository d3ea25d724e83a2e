"""A cancel is no exception to FIRST_EXCEPTION."""

import asyncio

from virtual_clock import log, run


async def sleeper(name, seconds):
    log(f"{name} starts")
    await asyncio.sleep(seconds)
    log(f"{name} ends")
    return name


def names(tasks):
    return " ".join(sorted(task.get_name() for task in tasks))


def sleepers(*seconds):
    naps = zip("abc", seconds)
    return [asyncio.create_task(sleeper(name, nap), name=name) for name, nap in naps]


async def enemy(task):
    await asyncio.sleep(1)
    log("enemy cancels b")
    task.cancel()


async def main():
    tasks = sleepers(3, 4, 2)
    enemy_task = asyncio.create_task(enemy(tasks[1]))
    done, rest = await asyncio.wait(tasks, return_when=asyncio.FIRST_EXCEPTION)
    log(f"{names(done)} done, {len(rest)} left")
    await enemy_task


run(main)
