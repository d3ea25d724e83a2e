"""The main coroutine has a place in the queue like any task."""

import asyncio

from virtual_clock import log, run


async def counter(name):
    log(f"{name} 1")
    await asyncio.sleep(0)
    log(f"{name} ends")


async def main():
    a = asyncio.create_task(counter("a"))
    log("main 1")
    await asyncio.sleep(0)
    log("main 2")
    b = asyncio.create_task(counter("b"))
    await asyncio.sleep(0)
    log("main 3")
    await a
    await b
    log("main ends")


run(main)
