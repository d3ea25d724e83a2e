"""The timeout of wait is no error, and what is pending runs on."""

import asyncio

from virtual_clock import log, run


async def sleeper(name, seconds):
    log(f"{name} starts")
    await asyncio.sleep(seconds)
    log(f"{name} ends")
    return name


def names(tasks):
    return " ".join(sorted(task.get_name() for task in tasks))


def sleepers(*seconds):
    naps = zip("abc", seconds)
    return [asyncio.create_task(sleeper(name, nap), name=name) for name, nap in naps]


async def main():
    tasks = sleepers(3, 1, 4)
    a, b, c = tasks
    done, rest = await asyncio.wait(tasks, timeout=2)
    log(f"{names(done)} done, {len(rest)} left")
    log(f"main has {await a}")
    log(f"main has {await c}")


run(main)
