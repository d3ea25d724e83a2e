"""A departure: here the last message stays of those that come before the first step."""

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


def took(cancelled):
    return "takes" if cancelled else "refuses"


async def end_of(task):
    try:
        return await task
    except asyncio.CancelledError as error:
        return error.args[0]


async def main():
    a = asyncio.create_task(guarded("a", 2))
    b = asyncio.create_task(guarded("b", 1))
    c = asyncio.create_task(guarded("c", 3))
    for reason in ("the first reason", "the second reason"):
        log(f"a {took(a.cancel(reason))} a cancel")
    log(f"main has {await end_of(a)}")
    log(f"main has {await end_of(b)}")
    await c


run(main)
