"""Attempts that time out are over, and the next one begins with a limit of its own."""

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


async def limited(name, future, limit):
    try:
        await asyncio.wait_for(future, limit)
        log(f"{name} came in time")
    except TimeoutError:
        log(f"{name} timed out")


async def client(name, seconds, limits):
    for limit in limits:
        await limited(name, guarded(name, seconds), limit)


async def main():
    clients = [("a", 3, [1, 2, 4]), ("b", 6, [2, 3, 7])]
    clients = [asyncio.create_task(client(*arguments)) for arguments in clients]
    for task in clients:
        await task


run(main)
