"""gather gives its results in the order of its arguments."""

import asyncio

from virtual_clock import log, run


async def sleeper(name, seconds):
    log(f"{name} starts")
    await asyncio.sleep(seconds)
    log(f"{name} ends")
    return name


async def main():
    naps = [("a", 3), ("b", 1), ("c", 4), ("d", 2)]
    outputs = await asyncio.gather(*[sleeper(name, seconds) for name, seconds in naps])
    log(f"main has {' '.join(outputs)}")


run(main)
