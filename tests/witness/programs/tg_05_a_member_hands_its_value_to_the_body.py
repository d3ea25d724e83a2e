"""The body may await a member and has its value."""

import asyncio

from virtual_clock import log, run


async def sleeper(name, seconds):
    log(f"{name} starts")
    await asyncio.sleep(seconds)
    log(f"{name} ends")
    return name


async def main():
    other = asyncio.create_task(sleeper("other", 5))
    await asyncio.sleep(0)
    async with asyncio.TaskGroup() as group:
        a = group.create_task(sleeper("a", 2))
        b = group.create_task(sleeper("b", 1))
        group.create_task(sleeper("c", 3))
        log(f"body has {await a}")
        log(f"body has {await b}")
    log("the group is over")
    await other


run(main)
