"""An event loop whose time is virtual, and the log that a program writes.

Always: waiting takes no time; the clock goes forward by exactly what the loop would have slept; a
program that waits for what can never come, or that never ends, fails.

Leaves out: sockets, threads, signals, whatever else really happens outside of the loop.
"""

import asyncio
import faulthandler
import selectors

LIMIT_IN_REAL_SECONDS = 30


class VirtualSelector(selectors.DefaultSelector):
    now = 0.0

    def select(self, timeout=None):
        if timeout is None:
            raise RuntimeError("deadlock: nobody is ready and no timer is set")
        self.now += max(timeout, 0)
        return super().select(0)


class VirtualLoop(asyncio.SelectorEventLoop):
    def __init__(self):
        self.selector = VirtualSelector()
        super().__init__(self.selector)

    def time(self):
        return self.selector.now


def log(line):
    """Prints a line, after the virtual time in seconds."""
    print(f"{asyncio.get_running_loop().time():g} {line}")


def run(main):
    """As `asyncio.run(main())`, in virtual time."""
    faulthandler.dump_traceback_later(LIMIT_IN_REAL_SECONDS, exit=True)
    with asyncio.Runner(loop_factory=VirtualLoop) as runner:
        runner.run(main())
