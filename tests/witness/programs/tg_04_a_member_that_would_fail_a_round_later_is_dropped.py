"""Who would fail a round after the first error is cancelled before."""

import asyncio

from virtual_clock import log, run


async def sleeper(name, seconds):
    log(f"{name} starts")
    await asyncio.sleep(seconds)
    log(f"{name} ends")
    return name


async def told(name, future):
    log(f"{name} waits")
    await future
    log(f"{name} fails")
    raise ValueError(name)


def errors(error):
    if isinstance(error, ExceptionGroup):
        return "(" + " ".join(errors(inner) for inner in error.exceptions) + ")"
    return str(error)


async def later(future):
    try:
        log("b waits")
        await future
        log("b goes on")
        await asyncio.sleep(0)
        log("b fails")
        raise ValueError("b")
    finally:
        log("b is gone")


async def enemy(to_a, to_b):
    await sleeper("enemy", 1)
    to_a.set_result(None)
    to_b.set_result(None)


async def main():
    loop = asyncio.get_running_loop()
    to_a, to_b = loop.create_future(), loop.create_future()
    enemy_task = asyncio.create_task(enemy(to_a, to_b))
    await asyncio.sleep(0)
    try:
        async with asyncio.TaskGroup() as group:
            group.create_task(told("a", to_a))
            group.create_task(later(to_b))
    except ExceptionGroup as error:
        log(f"main has {errors(error)}")
    await enemy_task


run(main)
