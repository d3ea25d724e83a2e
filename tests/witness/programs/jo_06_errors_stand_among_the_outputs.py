"""With return_exceptions errors stand among the results, each in its place."""

import asyncio

from virtual_clock import log, run


async def sleeper(name, seconds):
    log(f"{name} starts")
    await asyncio.sleep(seconds)
    log(f"{name} ends")
    return name


async def failing(name, seconds):
    log(f"{name} starts")
    await asyncio.sleep(seconds)
    log(f"{name} ends")
    raise ValueError(name)


async def main():
    children = [sleeper("a", 3), failing("b", 1), failing("c", 2)]
    for output in await asyncio.gather(*children, return_exceptions=True):
        if isinstance(output, ValueError):
            log(f"main has the error of {output}")
        else:
            log(f"main has {output}")


run(main)
