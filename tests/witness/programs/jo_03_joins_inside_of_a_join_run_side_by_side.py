"""Gathers inside of a gather run side by side, each with its own list of results."""

import asyncio

from virtual_clock import log, run


async def sleeper(name, seconds):
    log(f"{name} starts")
    await asyncio.sleep(seconds)
    log(f"{name} ends")
    return name


async def main():
    pairs = [[("a", 4), ("b", 1)], [("c", 3), ("d", 2)]]
    pairs = [asyncio.gather(*[sleeper(name, seconds) for name, seconds in pair]) for pair in pairs]
    for pair in await asyncio.gather(*pairs):
        log(f"main has {' '.join(pair)}")


run(main)
