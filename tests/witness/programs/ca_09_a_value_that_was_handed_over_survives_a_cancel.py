"""A departure: here a cancel in the same round as the value loses the value."""

import asyncio

from virtual_clock import log, run


async def end_of(task):
    try:
        return await task
    except asyncio.CancelledError:
        return "a cancel"


async def waiter(name, future):
    log(f"{name} waits")
    value = await future
    log(f"{name} has {value}")
    return value


async def main():
    loop = asyncio.get_running_loop()
    to_a = loop.create_future()
    a = asyncio.create_task(waiter("a", to_a))
    to_b = loop.create_future()
    b = asyncio.create_task(waiter("b", to_b))
    await asyncio.sleep(0)
    log("main sends to both and cancels a")
    to_a.set_result(42)
    to_b.set_result(43)
    a.cancel()
    log(f"a ends with {await end_of(a)}")
    log(f"b ends with {await end_of(b)}")


run(main)
