"""What is made ready during a round runs behind all that was ready before."""

import asyncio

from virtual_clock import log, run


async def grandchild():
    log("grandchild starts")


async def child():
    log("child starts")
    task = asyncio.create_task(grandchild())
    await asyncio.sleep(0)
    log("child goes on")
    await task
    log("child ends")


async def sibling():
    log("sibling 1")
    await asyncio.sleep(0)
    log("sibling ends")


async def main():
    first = asyncio.create_task(child())
    second = asyncio.create_task(sibling())
    await first
    await second


run(main)
