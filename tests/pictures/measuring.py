"""What cleaning costs: `python -m tests.pictures.measuring` prints time and memory of the heavy files and the slowest others.

Each file is cleaned in a process of its own.
"""

import multiprocessing
import time
from io import BytesIO
from pathlib import Path
from tempfile import NamedTemporaryFile

from PIL import Image

from recovery.pictures.apart import limit
from recovery.pictures.cleaning import clean
from recovery.pictures.refusals import Refused
from tests.pictures import heics
from tests.pictures.accepted import ACCEPTED
from tests.pictures.parts import png
from tests.pictures.refused import REFUSED
from tests.pictures.scene import jpeg, saved, scene, webp
from tests.pictures.test_accepted import NEEDED, corners, far, markers

JFIF = 0xE0
STATUS = Path("/proc/self/status")


def progressive():
    """At the limit of what is held until the last scan: 60 million pixels, three values each, filled up to 25 MB."""
    return jpeg(scene(7740, 7740), progressive=True).ljust(25_000_000, b"\0")


# The most that each limit lets through.
HEAVY = {
    "JPEG of 60 million, progressive, 25 MB": progressive,
    "PNG of 60 million, transparent": lambda: png(7740, 7740, [b"\xc8\x28\x1e\xff" * 7740] * 7740, kind=6),
    "WebP of 24 million, transparent": lambda: webp(Image.new("RGBA", (4890, 4890), (200, 40, 30, 99)), method=0).ljust(25_000_000, b"\0"),
    "HEIC of 60 million, tiles": lambda: heics.grid(15, 15),
}
# Many steps on many pixels: slow rather than large.
SLOW = {
    "PNG of 60 million, 16 bits": lambda: png(7740, 7740, [b"\xc8\0\x28\0\x1e\0\xff\xff" * 7740] * 7740, bits=16, kind=6),
    "PNG of 60 million, palette": lambda: saved(scene(7740, 7740).quantize(2), "PNG", compress_level=1),
    "JPEG of 7 million, 100 scans": lambda: with_scans(2640, 100),
    "JPEG of 60 million, 11 scans": lambda: with_scans(7740, 11),
}


def with_scans(side, count):
    """A picture whose last scan comes again and again."""
    data = jpeg(scene(side, side), progressive=True)
    last = data[data.rindex(b"\xff\xda") : -2]
    return data[:-2] + last * (count - data.count(b"\xff\xda")) + b"\xff\xd9"


def _clean(path, answer):
    data = Path(path).read_bytes()
    limit()
    before, started, started_cpu = held()[0], time.perf_counter(), time.process_time()
    try:
        picture = clean(BytesIO(data))
        result = f"{picture.width} x {picture.height}, {len(picture.full) // 1000} kB"
    except Refused as refused:
        result = str(refused)
    answer.send((time.perf_counter() - started, time.process_time() - started_cpu, held()[1] - before, result))


def held():
    """MB that this process holds now, and the most it ever held. The system's own record of usage counts its parent's too."""
    lines = dict(line.split(":", 1) for line in STATUS.read_text().splitlines())
    return tuple(int(lines[name].removesuffix("kB")) / 1024 for name in ("VmRSS", "VmHWM"))


def cost(data):
    """Seconds, seconds of the processor, MB more than before, and what came of it.

    The process is a new one: a copy of this one would find room in what was freed here.
    """
    here, there = multiprocessing.Pipe(duplex=False)
    with NamedTemporaryFile() as file:
        file.write(data)
        file.flush()
        process = multiprocessing.get_context("spawn").Process(target=_clean, args=(file.name, there))
        process.start()
        there.close()
        answer = here.recv()
        process.join()
    return answer


def main():
    print(f"{'seconds':>8} {'cpu':>6} {'MB':>5}  file")
    heavy = [(name, cost(make())) for name, make in (HEAVY | SLOW).items()]
    for name, found in heavy:
        show(name, found)
    others = [(name, cost(case.make())) for name, case in (ACCEPTED | REFUSED).items()]
    print(f"of {len(others)} others, the five slowest and the five largest:")
    for by in (0, 2):
        for name, found in sorted(others, key=lambda pair: -pair[1][by])[:5]:
            show(name, found)
    print(summary([found for _, found in heavy + others]))


def summary(costs):
    slowest, largest = (max(found[by] for found in costs) for by in (0, 2))
    pictures = [(case, clean(BytesIO(case.make()))) for case in ACCEPTED.values()]
    colours = max(colour_error(data, case) for case, picture in pictures for data in (picture.full, picture.thumbnail))
    beside = sum(beside_pixels(data) for _, picture in pictures for data in (picture.full, picture.thumbnail))
    return (
        f"{len(costs)} files: {len(HEAVY) + len(SLOW) + len(ACCEPTED)} accepted, {len(REFUSED)} refused; the slowest {slowest:.1f} s, "
        f"the most memory {largest:.0f} MB; colours {colours}/255 off at most; {beside} bytes of metadata in {2 * len(pictures)} files kept"
    )


def colour_error(data, case):
    return max(far(*pair) for pair in zip(corners(Image.open(BytesIO(data))), (case.red, *[case.sky] * 3), strict=True))


def beside_pixels(data):
    """Bytes in segments that no decoder needs, and what JFIF's holds beyond its fixed 14: a thumbnail."""
    return sum(len(body) - (14 if marker == JFIF else 0) for marker, body in markers(data) if marker not in NEEDED - {JFIF})


def show(name, found):
    seconds, cpu, megabytes, result = found
    print(f"{seconds:8.2f} {cpu:6.2f} {megabytes:5.0f}  {name}: {result}")


if __name__ == "__main__":
    main()
