"""Of several errors gather raises the one that comes first in time."""

import asyncio

from virtual_clock import log, run


async def breaks(name, seconds):
    log(f"{name} starts")
    await asyncio.sleep(0)
    log(f"{name} goes on")
    await asyncio.sleep(seconds)
    raise ValueError(name)


async def main():
    try:
        await asyncio.gather(breaks("a", 3), breaks("b", 1), breaks("c", 2))
    except ValueError as error:
        log(f"main has the error of {error}")


run(main)
