"""set_result puts the waiter into the queue at that moment, not sooner and not later."""

import asyncio

from virtual_clock import log, run


async def waiter(future):
    log("a waits")
    value = await future
    log(f"a has {value}")


async def child(name):
    log(f"{name} starts")


async def main():
    future = asyncio.get_running_loop().create_future()
    a = asyncio.create_task(waiter(future))
    await asyncio.sleep(0)
    b = asyncio.create_task(child("b"))
    future.set_result(42)
    c = asyncio.create_task(child("c"))
    log("main waits")
    for task in (a, b, c):
        await task
    log("all are over")


run(main)
