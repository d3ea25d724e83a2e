"""What FIRST_COMPLETED leaves can be waited for again, until nothing is left."""

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
    rest = sleepers(2, 1, 4)
    while rest:
        done, rest = await asyncio.wait(rest, return_when=asyncio.FIRST_COMPLETED)
        log(f"{names(done)} done, {len(rest)} left")


run(main)
