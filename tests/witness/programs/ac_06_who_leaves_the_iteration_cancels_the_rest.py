"""A departure: here the rest runs on when the iteration is left."""

import asyncio

from virtual_clock import log, run


async def guarded(name, seconds):
    try:
        log(f"{name} starts")
        await asyncio.sleep(seconds)
        log(f"{name} ends")
        return name
    finally:
        log(f"{name} is gone")


async def main():
    naps = [("a", 3), ("b", 1), ("c", 2)]
    tasks = [asyncio.create_task(guarded(name, seconds)) for name, seconds in naps]
    for output in asyncio.as_completed(tasks):
        log(f"main has {await output} and leaves")
        break
    await asyncio.sleep(4)
    log("main ends")


run(main)
