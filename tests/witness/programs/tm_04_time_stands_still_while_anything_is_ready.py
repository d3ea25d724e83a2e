"""However often ready tasks yield, no time passes and no timer overtakes them."""

import asyncio

from virtual_clock import log, run


async def sleeper(name, seconds):
    log(f"{name} starts")
    await asyncio.sleep(seconds)
    log(f"{name} ends")
    return name


async def counter(name, yields):
    for n in range(1, yields + 1):
        log(f"{name} {n}")
        await asyncio.sleep(0)
    log(f"{name} ends")


async def a():
    await sleeper("a", 1)
    return [asyncio.create_task(counter("b", 2)), asyncio.create_task(counter("c", 3))]


async def main():
    first = asyncio.create_task(a())
    d = asyncio.create_task(sleeper("d", 2))
    for task in await first:
        await task
    await d


run(main)
