"""Of two limits, one inside of the other, only the inner one fires if it comes first."""

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


async def nested(name, inner, outer):
    try:
        async with asyncio.timeout(outer):
            try:
                async with asyncio.timeout(inner):
                    await guarded(name, 9)
            except TimeoutError:
                log(f"the inner limit of {name} fires")
            await asyncio.sleep(2)
            log(f"{name} goes on")
        log(f"{name} came in time")
    except TimeoutError:
        log(f"the outer limit of {name} fires")


async def main():
    tasks = [asyncio.create_task(nested("a", 1, 5)), asyncio.create_task(nested("b", 2, 6))]
    for task in tasks:
        await task


run(main)
