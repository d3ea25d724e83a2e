"""The timers of cancelled tasks neither wake anybody nor hold the loop."""

import asyncio

from virtual_clock import log, run


async def sleeper(name, seconds):
    log(f"{name} starts")
    await asyncio.sleep(seconds)
    log(f"{name} ends")
    return name


async def main():
    delays = [("a", 1), ("b", 2), ("c", 3), ("d", 4), ("e", 5)]
    tasks = [asyncio.create_task(sleeper(name, seconds)) for name, seconds in delays]
    a, b, c, d, e = tasks
    await asyncio.sleep(0)
    log("main cancels a, c and e")
    for task in (a, c, e):
        task.cancel()
    await d
    log("main has the end of d")
    await b
    log("main has the end of b")


run(main)
