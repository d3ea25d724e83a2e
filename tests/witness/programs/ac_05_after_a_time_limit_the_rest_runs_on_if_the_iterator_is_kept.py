"""After the timeout of as_completed the rest runs on."""

import asyncio

from virtual_clock import log, run


async def sleeper(name, seconds):
    log(f"{name} starts")
    await asyncio.sleep(seconds)
    log(f"{name} ends")
    return name


async def main():
    naps = [("a", 4), ("b", 1), ("c", 3)]
    tasks = [asyncio.create_task(sleeper(name, seconds)) for name, seconds in naps]
    try:
        for output in asyncio.as_completed(tasks, timeout=2):
            log(f"main has {await output}")
    except TimeoutError:
        log("the time is up")
    for task in tasks:
        await task
    log("all are over")


run(main)
