"""A group without members is over when its body is, without yielding."""

import asyncio

from virtual_clock import log, run


async def counter(name, yields):
    for n in range(1, yields + 1):
        log(f"{name} {n}")
        await asyncio.sleep(0)
    log(f"{name} ends")


async def main():
    others = [asyncio.create_task(counter(name, 1)) for name in "ab"]
    log("main enters")
    async with asyncio.TaskGroup():
        log("body ends")
    log("main goes on")
    for other in others:
        await other


run(main)
