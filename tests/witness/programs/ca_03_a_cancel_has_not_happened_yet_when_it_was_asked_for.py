"""After cancel() a task is not done; after awaiting it it is."""

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


def over(task):
    return "over" if task.done() else "not over"


async def main():
    a = asyncio.create_task(guarded("a", 1))
    b = asyncio.create_task(guarded("b", 2))
    await asyncio.sleep(0)
    log(f"a {took(a.cancel())} a cancel")
    log(f"a is {over(a)}")
    await end_of(a)
    log(f"a is {over(a)}")
    log(f"b is {over(b)}")
    log(f"b ends with {await end_of(b)}")


run(main)
