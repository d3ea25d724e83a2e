"""If the body fails before its members have begun, they never begin."""

import asyncio

from virtual_clock import log, run


async def sleeper(name, seconds):
    log(f"{name} starts")
    await asyncio.sleep(seconds)
    log(f"{name} ends")
    return name


async def guarded(name, seconds):
    try:
        log(f"{name} starts")
        await asyncio.sleep(seconds)
        log(f"{name} ends")
        return name
    finally:
        log(f"{name} is gone")


def errors(error):
    if isinstance(error, ExceptionGroup):
        return "(" + " ".join(errors(inner) for inner in error.exceptions) + ")"
    return str(error)


async def main():
    others = [("other", 1), ("another", 2)]
    others = [asyncio.create_task(sleeper(name, seconds)) for name, seconds in others]
    await asyncio.sleep(0)
    try:
        async with asyncio.TaskGroup() as group:
            group.create_task(guarded("a", 1))
            group.create_task(guarded("b", 2))
            log("body fails")
            raise ValueError("body")
    except ExceptionGroup as error:
        log(f"main has {errors(error)}")
    for other in others:
        await other


run(main)
