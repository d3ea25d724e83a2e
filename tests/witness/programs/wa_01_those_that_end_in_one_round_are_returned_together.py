"""FIRST_COMPLETED returns all that ended in the same round."""

import asyncio

from virtual_clock import log, run


def names(tasks):
    return " ".join(sorted(task.get_name() for task in tasks))


async def waiter(name, future):
    log(f"{name} waits")
    await future
    log(f"{name} ends")


async def sender(futures):
    await asyncio.sleep(1)
    futures[2].set_result(None)
    futures[0].set_result(None)
    await asyncio.sleep(1)
    futures[1].set_result(None)


async def main():
    loop = asyncio.get_running_loop()
    futures = [loop.create_future() for _ in range(3)]
    waiters = zip("abc", futures)
    rest = [asyncio.create_task(waiter(name, future), name=name) for name, future in waiters]
    sending = asyncio.create_task(sender(futures))
    while rest:
        done, rest = await asyncio.wait(rest, return_when=asyncio.FIRST_COMPLETED)
        log(f"{names(done)} done, {len(rest)} left")
    await sending


run(main)
