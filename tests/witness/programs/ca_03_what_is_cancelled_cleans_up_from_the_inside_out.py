"""The finally of the innermost frame runs first, that of the outermost last."""

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


async def doors(name, seconds):
    try:
        try:
            return await guarded(name, seconds)
        finally:
            log(f"{name} closes the inner door")
    finally:
        log(f"{name} closes the outer door")


async def main():
    tasks = [asyncio.create_task(doors(name, seconds)) for name, seconds in [("a", 1), ("b", 2)]]
    await asyncio.sleep(0)
    for task in tasks:
        log(f"the task {took(task.cancel())} a cancel")
        log(f"the task ends with {await end_of(task)}")


run(main)
