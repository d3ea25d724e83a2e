"""A departure: here each member has a place of its own in the queue."""

import asyncio

from virtual_clock import log, run


async def counter(name, yields):
    for n in range(1, yields + 1):
        log(f"{name} {n}")
        await asyncio.sleep(0)
    log(f"{name} ends")


async def parent(name, members):
    async with asyncio.TaskGroup() as group:
        log(f"{name} body")
        for member in members:
            group.create_task(counter(member, 1))


async def main():
    first = asyncio.create_task(parent("first", "ab"))
    second = asyncio.create_task(parent("second", "cd"))
    await first
    await second


run(main)
