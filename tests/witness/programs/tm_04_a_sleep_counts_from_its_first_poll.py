"""A sleep counts from the moment when it is awaited, not from when it was made."""

import asyncio

from virtual_clock import log, run


async def a():
    nap = asyncio.sleep(5)
    log("a has made its nap")
    await asyncio.sleep(1)
    log("a takes its nap")
    await nap
    log("a wakes")


async def b():
    nap = asyncio.sleep(5)
    log("b has made its nap")
    await nap
    log("b wakes")


async def main():
    tasks = [asyncio.create_task(a()), asyncio.create_task(b())]
    for task in tasks:
        await task
    log("all are over")


run(main)
