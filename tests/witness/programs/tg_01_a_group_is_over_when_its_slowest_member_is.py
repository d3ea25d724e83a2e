"""A group is over when its last member is, however early its body ends."""

import asyncio

from virtual_clock import log, run


async def sleeper(name, seconds):
    log(f"{name} starts")
    await asyncio.sleep(seconds)
    log(f"{name} ends")
    return name


async def member(task):
    log(f"member has {await task}")


async def grouped(tasks):
    async with asyncio.TaskGroup() as group:
        for task in tasks:
            group.create_task(member(task))
        log("body ends")
    return 42


async def main():
    names = [("a", 3), ("b", 1), ("c", 2)]
    tasks = [asyncio.create_task(sleeper(name, seconds)) for name, seconds in names]
    log(f"main has {await grouped(tasks)}")


run(main)
