"""A task that is cancelled before its first step never makes one, its finally included."""

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
    except asyncio.CancelledError:
        return "a cancel"


async def main():
    a, b, c = [asyncio.create_task(guarded(name, 0)) for name in "abc"]
    log(f"b {took(b.cancel())} a cancel")
    log(f"b ends with {await end_of(b)}")
    log(f"a ends with {await end_of(a)}")
    log(f"c ends with {await end_of(c)}")


run(main)
