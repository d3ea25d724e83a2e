"""Awaiting a task or a future that is done does not yield."""

import asyncio

from virtual_clock import log, run


async def child():
    log("task starts")
    return 42


async def other():
    log("other starts")


async def main():
    over = asyncio.create_task(child())
    await asyncio.sleep(0)
    log("main was away")
    task = asyncio.create_task(other())
    log(f"main has {await over}")
    future = asyncio.get_running_loop().create_future()
    future.set_result(43)
    log(f"main has {await future}")
    await task
    log("main has the other's end")


run(main)
