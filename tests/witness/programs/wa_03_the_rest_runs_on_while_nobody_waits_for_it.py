"""What FIRST_COMPLETED leaves runs on while nobody waits for it."""

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


async def main():
    done, rest = await asyncio.wait(sleepers(1, 4, 3), return_when=asyncio.FIRST_COMPLETED)
    log(f"{names(done)} done, {len(rest)} left")
    await asyncio.sleep(9)
    log("main is back")
    done, rest = await asyncio.wait(rest, return_when=asyncio.FIRST_COMPLETED)
    log(f"{names(done)} done, {len(rest)} left")


run(main)
