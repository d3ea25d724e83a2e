"""Members begin in the order in which they were made, when the body waits."""

import asyncio

from virtual_clock import log, run


async def sleeper(name, seconds):
    log(f"{name} starts")
    await asyncio.sleep(seconds)
    log(f"{name} ends")
    return name


async def main():
    other = asyncio.create_task(sleeper("other", 6))
    await asyncio.sleep(0)
    async with asyncio.TaskGroup() as group:
        for name, seconds in [("a", 3), ("b", 2)]:
            group.create_task(sleeper(name, seconds))
            log(f"body brings {name}")
        await asyncio.sleep(1)
        group.create_task(sleeper("c", 4))
        log("body brings c and ends")
    log("the group is over")
    await other


run(main)
