"""FIRST_EXCEPTION returns at the first error, with all that ended before."""

import asyncio

from virtual_clock import log, run


async def sleeper(name, seconds):
    log(f"{name} starts")
    await asyncio.sleep(seconds)
    log(f"{name} ends")
    return name


async def failing(name, seconds):
    log(f"{name} starts")
    await asyncio.sleep(seconds)
    log(f"{name} ends")
    raise ValueError(name)


def names(tasks):
    return " ".join(sorted(task.get_name() for task in tasks))


async def main():
    children = zip("abc", [sleeper("a", 1), failing("b", 2), sleeper("c", 3)])
    rest = [asyncio.create_task(child, name=name) for name, child in children]
    while rest:
        done, rest = await asyncio.wait(rest, return_when=asyncio.FIRST_EXCEPTION)
        log(f"{names(done)} done, {len(rest)} left")


run(main)
