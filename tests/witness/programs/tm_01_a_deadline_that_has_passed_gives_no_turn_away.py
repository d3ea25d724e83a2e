"""A departure: here a sleep of less than nothing yields."""

import asyncio

from virtual_clock import log, run


async def late(name, deadline):
    for n in range(1, 4):
        log(f"{name} {n}")
        await asyncio.sleep(deadline - asyncio.get_running_loop().time())


async def main():
    deadline = asyncio.get_running_loop().time()
    await asyncio.sleep(1)
    tasks = [asyncio.create_task(late(name, deadline)) for name in "ab"]
    for task in tasks:
        await task


run(main)
