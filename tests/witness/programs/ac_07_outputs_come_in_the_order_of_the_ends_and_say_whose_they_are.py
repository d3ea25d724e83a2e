"""Results come in the order of the ends."""

import asyncio

from virtual_clock import log, run


async def sleeper(name, seconds):
    log(f"{name} starts")
    await asyncio.sleep(seconds)
    log(f"{name} ends")
    return name


async def main():
    naps = enumerate([4, 1, 3, 2])
    tasks = [asyncio.create_task(sleeper(n, seconds)) for n, seconds in naps]
    for output in asyncio.as_completed(tasks):
        log(f"main has {await output}")


run(main)
