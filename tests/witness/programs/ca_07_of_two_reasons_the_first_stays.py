"""Of the messages of two cancels of a waiting task the first is the one that is raised."""

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
    except asyncio.CancelledError as error:
        return error.args[0]


async def main():
    tasks = [asyncio.create_task(guarded(name, seconds)) for name, seconds in [("a", 1), ("b", 2)]]
    await asyncio.sleep(0)
    for task in tasks:
        task.cancel("the first reason")
        task.cancel("the second reason")
    log("main has cancelled")
    for task in tasks:
        log(f"main has {await end_of(task)}")


run(main)
