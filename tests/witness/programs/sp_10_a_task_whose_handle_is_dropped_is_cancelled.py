"""A departure: here a task whose handle is dropped runs on."""

import asyncio

from virtual_clock import log, run


async def guarded(name, seconds):
    try:
        log(f"{name} starts")
        await asyncio.sleep(seconds)
        log(f"{name} ends")
    finally:
        log(f"{name} is gone")


async def main():
    a = asyncio.create_task(guarded("a", 1))
    b = asyncio.create_task(guarded("b", 2))
    await asyncio.sleep(0)
    log("main drops the handle of a")
    del a
    await b


run(main)
