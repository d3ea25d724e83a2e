"""create_task runs nothing of the task; that starts when its maker waits."""

import asyncio

from virtual_clock import log, run


async def child():
    log("task starts")
    await asyncio.sleep(0)
    log("task ends")


async def main():
    log("main spawns")
    task = asyncio.create_task(child())
    log("main has spawned")
    await asyncio.sleep(0)
    log("main was away")
    await task
    log("main has the end")


run(main)
