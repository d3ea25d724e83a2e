"""A member may bring siblings while the group waits for it."""

import asyncio

from virtual_clock import log, run


async def sleeper(name, seconds):
    log(f"{name} starts")
    await asyncio.sleep(seconds)
    log(f"{name} ends")
    return name


async def member(group):
    await sleeper("a", 1)
    group.create_task(sleeper("b", 2))
    log("a has brought b")


async def main():
    other = asyncio.create_task(sleeper("other", 4))
    await asyncio.sleep(0)
    async with asyncio.TaskGroup() as group:
        group.create_task(member(group))
        log("body ends")
    log("the group is over")
    await other


run(main)
