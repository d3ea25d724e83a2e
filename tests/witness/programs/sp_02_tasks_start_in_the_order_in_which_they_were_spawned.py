"""Five tasks start in the order in which they were made."""

import asyncio

from virtual_clock import log, run


async def child(n):
    log(f"{n} starts")


async def main():
    tasks = []
    for n in range(5):
        tasks.append(asyncio.create_task(child(n)))
        log(f"{n} is spawned")
    for task in tasks:
        await task
    log("all are over")


run(main)
