"""Cleans a picture in a process of its own, so that a decoder that crashes, hangs or grows takes no one else with it.

The decoders are written in C and read what strangers send. Starting the process costs about a tenth of a second.
"""

import resource
import signal
import struct
import subprocess
import sys
from collections.abc import Collection
from io import BytesIO
from pathlib import Path
from typing import BinaryIO

from recovery.pictures.cleaning import Picture, clean, whole
from recovery.pictures.refusals import DAMAGED, TOO_INTRICATE, Refused

ROOT = Path(__file__).resolve().parents[2]
COMMAND = [sys.executable, "-m", "recovery.pictures.apart"]
SECONDS = 10  # of the processor
PATIENCE = 2 * SECONDS  # by the clock: on a busy machine a good picture waits for its turn
MOST_MEMORY = 1_500_000_000  # of addresses, which threads take more of than they use
HEADER = struct.Struct(">III")  # width, height, length of the full picture; the thumbnail is the rest
TAKEN, REFUSED = b"+", b"-"


def clean_apart(file: BinaryIO, keep: Collection[int] = ()) -> Picture:
    """As `clean`, and Refused as well where the process is killed or takes longer than SECONDS. `keep`: handles that it inherits.

    Raises OSError where it cannot start or ends in an error of its own: that is the machine's fault and not the picture's.
    """
    data = whole(file)
    try:
        # Without our environment, which holds the installation's keys.
        done = subprocess.run(  # noqa: S603 - fixed words
            COMMAND, input=data, capture_output=True, timeout=PATIENCE, cwd=ROOT, env={}, pass_fds=keep, check=False
        )
    except subprocess.TimeoutExpired as error:
        raise Refused(TOO_INTRICATE) from error
    if done.returncode > 0:
        raise OSError(f"a picture could not be cleaned: {done.stderr.decode(errors='replace')[-500:]}")
    if done.returncode < 0:
        raise Refused(TOO_INTRICATE if -done.returncode in (signal.SIGXCPU, signal.SIGKILL) else DAMAGED)
    return _read(done.stdout)


def _read(answer: bytes) -> Picture:
    if answer.startswith(REFUSED):
        raise Refused(answer[1:].decode())
    width, height, length = HEADER.unpack_from(answer, 1)
    start = 1 + HEADER.size
    return Picture(answer[start : start + length], answer[start + length :], width, height)


def _written(data: bytes) -> bytes:
    try:
        picture = clean(BytesIO(data))
    except Refused as refused:
        return REFUSED + str(refused).encode()
    return TAKEN + HEADER.pack(picture.width, picture.height, len(picture.full)) + picture.full + picture.thumbnail


def limit() -> None:
    """What this process may take from now on."""
    resource.setrlimit(resource.RLIMIT_AS, (MOST_MEMORY, MOST_MEMORY))
    # By the system: whoever would end it may be gone itself.
    resource.setrlimit(resource.RLIMIT_CPU, (SECONDS, SECONDS))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))  # a crash leaves no copy of the picture on the disk


def main() -> None:
    limit()
    sys.stdout.buffer.write(_written(sys.stdin.buffer.read()))


if __name__ == "__main__":
    main()
