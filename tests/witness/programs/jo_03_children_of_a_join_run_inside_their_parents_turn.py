"""A departure: here each child has a place of its own in the queue."""

import asyncio

from virtual_clock import log, run


async def counter(name, yields):
    for n in range(1, yields + 1):
        log(f"{name} {n}")
        await asyncio.sleep(0)
    log(f"{name} ends")


async def main():
    other = asyncio.create_task(counter("other", 1))
    await asyncio.gather(counter("a", 1), counter("b", 1))
    log("main has joined")
    await other


run(main)
