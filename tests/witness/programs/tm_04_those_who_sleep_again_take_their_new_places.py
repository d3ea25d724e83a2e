"""Who sleeps again wakes by the new deadline, between those of the others."""

import asyncio

from virtual_clock import log, run


async def sleeper(name, naps):
    log(f"{name} starts")
    for nap in naps:
        await asyncio.sleep(nap)
        log(f"{name} wakes")


async def main():
    naps = [("a", [2, 2, 2]), ("b", [3, 4, 1]), ("c", [1, 4, 5])]
    tasks = [asyncio.create_task(sleeper(name, naps)) for name, naps in naps]
    for task in tasks:
        await task


run(main)
