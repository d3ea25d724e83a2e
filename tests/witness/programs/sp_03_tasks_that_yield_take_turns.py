"""A round of sleep(0) is one turn for each ready task."""

import asyncio

from virtual_clock import log, run


async def counter(name, yields):
    for n in range(1, yields + 1):
        log(f"{name} {n}")
        await asyncio.sleep(0)
    log(f"{name} ends")


async def main():
    tasks = [asyncio.create_task(counter(name, 3)) for name in "abc"]
    for task in tasks:
        await task


run(main)
