"""sleep(0) yields once, in the order of the calls, and comes before every timer."""

import asyncio

from virtual_clock import log, run


async def sleeper(name, seconds):
    log(f"{name} starts")
    await asyncio.sleep(seconds)
    log(f"{name} ends")
    return name


async def napper(name):
    for n in range(1, 4):
        log(f"{name} {n}")
        await asyncio.sleep(0)


async def main():
    timer = asyncio.create_task(sleeper("timer", 1))
    tasks = [asyncio.create_task(napper(name)) for name in "ab"]
    for task in tasks:
        await task
    await timer


run(main)
