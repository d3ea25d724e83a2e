"""The cancel of a parent reaches the body of its group first, and then the member."""

import asyncio

from virtual_clock import log, run


async def sleeper(name, seconds):
    log(f"{name} starts")
    await asyncio.sleep(seconds)
    log(f"{name} ends")
    return name


async def guarded(name, seconds):
    try:
        log(f"{name} starts")
        await asyncio.sleep(seconds)
        log(f"{name} ends")
        return name
    finally:
        log(f"{name} is gone")


async def parent():
    try:
        async with asyncio.TaskGroup() as group:
            group.create_task(guarded("member", 3))
            await guarded("body", 4)
    finally:
        log("parent is gone")


async def main():
    other = asyncio.create_task(sleeper("other", 2))
    task = asyncio.create_task(parent())
    await asyncio.sleep(1)
    log("main cancels the parent")
    task.cancel()
    try:
        await task
    except asyncio.CancelledError:
        log("main has the end of the parent")
    await other


run(main)
