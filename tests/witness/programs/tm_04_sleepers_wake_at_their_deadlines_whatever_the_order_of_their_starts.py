"""Sleepers wake at their deadlines, neither early nor late."""

import asyncio

from virtual_clock import log, run


async def sleeper(name, seconds):
    log(f"{name} starts")
    await asyncio.sleep(seconds)
    log(f"{name} ends")
    return name


async def main():
    delays = [("a", 3), ("b", 1), ("c", 4), ("d", 2)]
    tasks = [asyncio.create_task(sleeper(name, seconds)) for name, seconds in delays]
    for task in tasks:
        await task


run(main)
