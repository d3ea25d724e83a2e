"""Of tasks that end in one round the results come in the order of the ends."""

import asyncio

from virtual_clock import log, run


async def waiter(n, future):
    log(f"{n} waits")
    await future
    log(f"{n} ends")
    return n


async def all_at_once(futures):
    await asyncio.sleep(1)
    for n in (2, 0, 3, 1):
        futures[n].set_result(None)


async def main():
    loop = asyncio.get_running_loop()
    futures = [loop.create_future() for _ in range(4)]
    tasks = [asyncio.create_task(waiter(n, future)) for n, future in enumerate(futures)]
    sender = asyncio.create_task(all_at_once(futures))
    for output in asyncio.as_completed(tasks):
        log(f"main has {await output}")
    await sender


run(main)
