"""Children of gather start in the order of the arguments and take turns like any tasks."""

import asyncio

from virtual_clock import log, run


async def counter(name, yields):
    for n in range(1, yields + 1):
        log(f"{name} {n}")
        await asyncio.sleep(0)
    log(f"{name} ends")


async def main():
    yields = [("a", 2), ("b", 1), ("c", 3)]
    await asyncio.gather(*[counter(name, count) for name, count in yields])
    log("main has joined")


run(main)
