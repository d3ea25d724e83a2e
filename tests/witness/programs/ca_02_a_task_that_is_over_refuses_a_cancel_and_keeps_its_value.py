"""cancel() of a task that is done is False and changes nothing."""

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


async def child():
    log("a ends")
    return 42


async def main():
    finished = asyncio.create_task(child())
    cancelled = asyncio.create_task(guarded("b", 1))
    await asyncio.sleep(0)
    log(f"b {took(cancelled.cancel())} a cancel")
    await end_of(cancelled)
    log("main has the end of b")
    log(f"b {took(cancelled.cancel())} a cancel")
    log(f"a {took(finished.cancel())} a cancel")
    log(f"a ends with {await end_of(finished)}")


run(main)
