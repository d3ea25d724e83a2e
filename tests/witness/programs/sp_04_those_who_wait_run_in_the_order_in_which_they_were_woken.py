"""Those who wait run in the order in which their futures were set."""

import asyncio

from virtual_clock import log, run


async def waiter(n, future):
    log(f"{n} waits")
    value = await future
    log(f"{n} has {value}")


async def main():
    loop = asyncio.get_running_loop()
    futures = [loop.create_future() for _ in range(4)]
    tasks = [asyncio.create_task(waiter(n, future)) for n, future in enumerate(futures)]
    await asyncio.sleep(0)
    for n in (2, 0, 3, 1):
        log(f"main wakes {n}")
        futures[n].set_result(10 * n)
    for task in tasks:
        await task


run(main)
