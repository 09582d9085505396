"""A few places for heavy work, shared by all processes of the machine that know the folder."""

import fcntl
import os
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

PAUSE = 0.05  # seconds between two looks for a free place


class Busy(Exception):
    """All places were taken for as long as there was patience."""


@contextmanager
def a_turn(folder: Path, places: int, patience: float) -> Iterator[int]:
    """Holds one of the places until the block ends, and gives its file handle; Busy after so many seconds without one.

    A child that inherits the handle holds the place as well: where its parent is killed, until it has ended itself.
    OSError where the folder cannot be written.
    """
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    end = time.monotonic() + patience
    while (handle := _free(folder, places)) is None:
        if time.monotonic() >= end:
            raise Busy
        time.sleep(PAUSE)
    try:
        yield handle
    finally:
        # Closing gives the lock back, as the end of a process does: nothing can be left behind locked.
        os.close(handle)


def _free(folder: Path, places: int) -> int | None:
    for number in range(places):
        handle = os.open(folder / f"{number}.lock", os.O_RDWR | os.O_CREAT, 0o600)
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            os.close(handle)
        else:
            return handle
    return None
