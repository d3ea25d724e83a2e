"""Results that nobody has asked for yet wait in the order of the ends."""

import asyncio

from virtual_clock import log, run


async def sleeper(name, seconds):
    log(f"{name} starts")
    await asyncio.sleep(seconds)
    log(f"{name} ends")
    return name


async def main():
    naps = [("a", 3), ("b", 1), ("c", 7), ("d", 2)]
    tasks = [asyncio.create_task(sleeper(name, seconds)) for name, seconds in naps]
    for output in asyncio.as_completed(tasks):
        log(f"main has {await output}")
        await asyncio.sleep(5)
    log("main ends")


run(main)
