"""The error of an inner group arrives in the outer one as a group of its own."""

import asyncio

from virtual_clock import log, run


async def sleeper(name, seconds):
    log(f"{name} starts")
    await asyncio.sleep(seconds)
    log(f"{name} ends")
    return name


async def failing(name, seconds):
    log(f"{name} starts")
    await asyncio.sleep(seconds)
    log(f"{name} ends")
    raise ValueError(name)


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


async def inner():
    async with asyncio.TaskGroup() as group:
        group.create_task(failing("a", 1))
        group.create_task(guarded("b", 4))


async def main():
    other = asyncio.create_task(sleeper("other", 2))
    await asyncio.sleep(0)
    try:
        async with asyncio.TaskGroup() as group:
            group.create_task(guarded("sibling", 5))
            group.create_task(inner())
    except ExceptionGroup as error:
        log(f"main has {errors(error)}")
    await other


run(main)
