"""A departure: here the siblings of a child that fails run on."""

import asyncio

from virtual_clock import log, run


async def failing(name, seconds):
    log(f"{name} starts")
    await asyncio.sleep(seconds)
    log(f"{name} ends")
    raise ValueError(name)


async def guarded(name, seconds):
    try:
        log(f"{name} starts")
        await asyncio.sleep(seconds)
        log(f"{name} ends")
        return name
    finally:
        log(f"{name} is gone")


async def main():
    try:
        await asyncio.gather(failing("a", 1), guarded("b", 2), guarded("c", 3))
    except ValueError as error:
        log(f"main has the error of {error}")
    await asyncio.sleep(3)
    log("main ends")


run(main)
