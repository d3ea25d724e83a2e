"""A child that fails raises in its place, and the iteration goes on."""

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
    children = [sleeper("a", 3), failing("b", 1), sleeper("c", 2)]
    tasks = [asyncio.create_task(child) for child in children]
    for output in asyncio.as_completed(tasks):
        try:
            log(f"main has {await output}")
        except ValueError as error:
            log(f"main has the error of {error}")


run(main)
