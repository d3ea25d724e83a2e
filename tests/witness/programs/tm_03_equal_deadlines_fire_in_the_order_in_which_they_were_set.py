"""A departure: here equal deadlines fire in the order in which a heap gives them up."""

import asyncio

from virtual_clock import log, run


async def sleeper(name, seconds):
    log(f"{name} starts")
    await asyncio.sleep(seconds)
    log(f"{name} ends")
    return name


async def main():
    tasks = [asyncio.create_task(sleeper(n, 1)) for n in range(6)]
    for task in tasks:
        await task


run(main)
