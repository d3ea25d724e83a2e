"""Who awaits a task that somebody else cancelled is told, and is not cancelled itself."""

import asyncio

from virtual_clock import log, run


async def guarded(name, seconds):
    try:
        log(f"{name} starts")
        await asyncio.sleep(seconds)
        log(f"{name} ends")
        return name
    finally:
        log(f"{name} is gone")


async def end_of(task):
    try:
        return await task
    except asyncio.CancelledError:
        return "a cancel"


async def parent(child):
    log("parent waits")
    log(f"parent has {await end_of(child)}")
    await asyncio.sleep(3)
    log("parent ends")


async def main():
    child = asyncio.create_task(guarded("child", 2))
    task = asyncio.create_task(parent(child))
    await asyncio.sleep(1)
    log("main cancels the child")
    child.cancel()
    await task
    log("main has the end of the parent")


run(main)
