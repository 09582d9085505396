"""A picture cleaned in a process of its own: the same answer, and a refusal where the process fails."""

import sys
from io import BytesIO

import pytest

from recovery.pictures import apart
from recovery.pictures.apart import clean_apart
from recovery.pictures.cleaning import clean
from recovery.pictures.refusals import DAMAGED, TOO_INTRICATE, Refused
from tests.pictures.accepted import ACCEPTED
from tests.pictures.refused import REFUSED
from tests.pictures.scene import jpeg


@pytest.mark.parametrize("name", ["Display-P3 turned", "palette on white", "WebP turned", "HEIC turned", "HEIC with metadata of no kind"])
def test_a_picture_is_cleaned_as_here(name):
    data = ACCEPTED[name].make()
    assert clean_apart(BytesIO(data)) == clean(BytesIO(data))


@pytest.mark.parametrize("name", ["zero bytes", "30 MB", "page", "JPEG cut off at 50%", "PNG of 4 billion pixels", "101 scans"])
def test_a_bad_file_is_refused_as_here(name):
    with pytest.raises(Refused) as refused:
        clean_apart(BytesIO(REFUSED[name].make()))
    assert str(refused.value) == REFUSED[name].says


@pytest.mark.parametrize(
    "does, says",
    [
        ("import os; os.kill(os.getpid(), 11)", DAMAGED),
        ("raise MemoryError", DAMAGED),
        ("import time; time.sleep(30)", TOO_INTRICATE),
    ],
    ids=["crashes", "runs out of memory", "hangs"],
)
def test_a_decoder_that_fails_is_a_refusal(monkeypatch, does, says):
    monkeypatch.setattr(apart, "COMMAND", [sys.executable, "-c", does])
    monkeypatch.setattr(apart, "SECONDS", 1)
    with pytest.raises(Refused) as refused:
        clean_apart(BytesIO(jpeg()))
    assert str(refused.value) == says


@pytest.mark.parametrize("is_kept", [True, False])
def test_it_inherits_the_handles_to_keep_and_no_others(monkeypatch, tmp_path, is_kept):
    with (tmp_path / "0.lock").open("w") as file:
        says = f"import os; print('-' + str(os.path.exists('/proc/self/fd/{file.fileno()}')), end='')"
        monkeypatch.setattr(apart, "COMMAND", [sys.executable, "-c", says])
        with pytest.raises(Refused, match=str(is_kept)):
            clean_apart(BytesIO(jpeg()), keep=[file.fileno()] * is_kept)


def test_a_process_that_cannot_start_is_a_refusal(monkeypatch):
    monkeypatch.setattr(apart, "COMMAND", ["/nowhere"])
    with pytest.raises(Refused):
        clean_apart(BytesIO(jpeg()))
