"""A departure: here two rounds go by before what is done already is returned."""

import asyncio

from virtual_clock import log, run


async def sleeper(name, seconds):
    log(f"{name} starts")
    await asyncio.sleep(seconds)
    log(f"{name} ends")
    return name


def names(tasks):
    return " ".join(sorted(task.get_name() for task in tasks))


async def main():
    a = asyncio.create_task(sleeper("a", 0), name="a")
    await asyncio.sleep(0)
    await asyncio.sleep(0)
    b = asyncio.create_task(sleeper("b", 0), name="b")
    c = asyncio.create_task(sleeper("c", 1), name="c")
    log("main waits")
    done, rest = await asyncio.wait([a, b, c], return_when=asyncio.FIRST_COMPLETED)
    log(f"{names(done)} done, {len(rest)} left")
    await asyncio.wait(rest)


run(main)
