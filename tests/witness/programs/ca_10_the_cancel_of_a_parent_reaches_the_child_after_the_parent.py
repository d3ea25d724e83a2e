"""A departure: here the cancel of a task goes to what it awaits, which is gone first."""

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


async def end_of(task):
    try:
        return await task
    except asyncio.CancelledError:
        return "a cancel"


async def parent():
    try:
        log("parent starts")
        return await asyncio.create_task(guarded("child", 2))
    finally:
        log("parent is gone")


async def main():
    task = asyncio.create_task(parent())
    other = asyncio.create_task(sleeper("other", 1))
    await other
    log("main cancels the parent")
    task.cancel()
    log(f"main has {await end_of(task)}")


run(main)
