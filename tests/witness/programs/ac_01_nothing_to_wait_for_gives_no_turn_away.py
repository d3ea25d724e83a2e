"""as_completed of nothing gives nothing, without yielding."""

import asyncio

from virtual_clock import log, run


async def counter(name, yields):
    for n in range(1, yields + 1):
        log(f"{name} {n}")
        await asyncio.sleep(0)
    log(f"{name} ends")


async def main():
    others = [asyncio.create_task(counter(name, 1)) for name in "ab"]
    log("main waits for nothing")
    for output in asyncio.as_completed([]):
        log(f"main has {await output}")
    log("main goes on")
    for other in others:
        await other


run(main)
