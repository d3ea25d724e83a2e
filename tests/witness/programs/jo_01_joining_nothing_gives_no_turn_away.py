"""gather() of nothing is done at once and does not yield."""

import asyncio

from virtual_clock import log, run


async def counter(name, yields):
    for n in range(1, yields + 1):
        log(f"{name} {n}")
        await asyncio.sleep(0)
    log(f"{name} ends")


async def main():
    others = [asyncio.create_task(counter(name, 1)) for name in "ab"]
    log("main joins nothing")
    outputs = await asyncio.gather()
    log(f"main has {len(outputs)} outputs")
    await asyncio.gather(*others)
    log("main has joined the others")


run(main)
