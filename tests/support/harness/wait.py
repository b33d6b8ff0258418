"""Waits, each with a deadline."""

import os
import select
import threading
import time

SLOW = float(os.environ.get("MAYLA_SLOW", "1"))


def seconds(number):
    """A deadline in seconds, stretched where the programs are slow (sanitizers)."""
    return number * SLOW


def until(condition, what, deadline=10):
    """Returns the first true value of condition(). For conditions that no descriptor announces (the number of
    processes, a unit's state); where there is an event, wait for the event."""
    end = time.monotonic() + seconds(deadline)
    nobody = threading.Event()
    while True:
        value = condition()
        if value:
            return value
        if time.monotonic() > end:
            raise TimeoutError(f"not within {seconds(deadline):g} s: {what}")
        nobody.wait(0.01)


def wait_end(pid, deadline=10):
    """Returns when the process is gone (a zombie counts as gone); it need not be a child of ours."""
    try:
        descriptor = os.pidfd_open(pid)
    except ProcessLookupError:
        return
    try:
        if not select.select([descriptor], [], [], seconds(deadline))[0]:
            raise TimeoutError(f"process {pid} still runs after {seconds(deadline):g} s")
    finally:
        os.close(descriptor)
