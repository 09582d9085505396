"""The heaviest files that the limits let through stay within a worker's memory. What each takes: `python -m tests.pictures.measuring`."""

import pytest

from tests.pictures.accepted import ACCEPTED
from tests.pictures.measuring import HEAVY, STATUS, cost

MOST_MEGABYTES = 500
pytestmark = pytest.mark.skipif(not STATUS.exists(), reason="only Linux tells what a process holds")


@pytest.mark.parametrize("name", HEAVY)
def test_the_heaviest_files_are_taken_in_bounded_memory(name):
    seconds, cpu, megabytes, result = cost(HEAVY[name]())
    print(f"{name}: {seconds:.1f} s ({cpu:.1f} s of the processor), {megabytes:.0f} MB")
    assert result.startswith("2048 x 2048")
    assert 50 < megabytes < MOST_MEGABYTES


@pytest.mark.parametrize(
    "name", ["EXIF that copies itself", "PNG with a bomb of text", "PNG with a bomb of a profile", "WebP of 1000 frames"]
)
def test_bombs_beside_the_pixels_take_no_memory(name):
    assert cost(ACCEPTED[name].make())[2] < 50
