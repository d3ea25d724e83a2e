"""The end of a task reaches whoever awaits it one round later, and so on upwards."""

import asyncio

from virtual_clock import log, run


async def a():
    log("a starts")
    await asyncio.create_task(b())
    log("a has the end of b")


async def b():
    log("b starts")
    await asyncio.create_task(c())
    log("b has the end of c")


async def c():
    log("c starts")


async def counter(name, yields):
    for n in range(1, yields + 1):
        log(f"{name} {n}")
        await asyncio.sleep(0)
    log(f"{name} ends")


async def main():
    task = asyncio.create_task(a())
    rounds = asyncio.create_task(counter("round", 6))
    await task
    log("main has the end of a")
    await rounds


run(main)
