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
        ("import time; time.sleep(30)", TOO_INTRICATE),
        ("import resource; resource.setrlimit(resource.RLIMIT_CPU, (1, 2))\nwhile True: pass", TOO_INTRICATE),
    ],
    ids=["crashes", "hangs", "turns round"],
)
def test_a_decoder_that_fails_is_a_refusal(monkeypatch, does, says):
    monkeypatch.setattr(apart, "COMMAND", [sys.executable, "-c", does])
    monkeypatch.setattr(apart, "PATIENCE", 4)
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


@pytest.mark.parametrize(
    "command, says",
    [
        (["/nowhere"], "No such file"),
        ([sys.executable, "-c", "raise MemoryError"], "MemoryError"),
        ([sys.executable, "-S", "-m", "recovery.pictures.apart"], "No module named 'PIL'"),
    ],
)
def test_what_is_the_machine_s_fault_is_not_the_picture_s(monkeypatch, command, says):
    monkeypatch.setattr(apart, "COMMAND", command)
    with pytest.raises(OSError, match=says):
        clean_apart(BytesIO(jpeg()))


def test_it_is_told_nothing_of_the_installation(monkeypatch):
    monkeypatch.setenv("SECRET_KEY", "the key")
    monkeypatch.setattr(apart, "COMMAND", [sys.executable, "-c", "import os; print('-' + os.environ.get('SECRET_KEY', 'none'), end='')"])
    with pytest.raises(Refused, match="none"):
        clean_apart(BytesIO(jpeg()))


def test_the_process_limits_itself(monkeypatch):
    """Asked of one that is started as ours are: nobody else calls `limit` for it."""
    asks = (
        "import resource as r, sys; from recovery.pictures import apart; kinds = r.RLIMIT_AS, r.RLIMIT_CPU, r.RLIMIT_CORE; "
        "apart.clean = lambda file: sys.exit(print('-', *(r.getrlimit(kind)[0] for kind in kinds), end='')); apart.main()"
    )
    monkeypatch.setattr(apart, "COMMAND", [sys.executable, "-c", asks])
    with pytest.raises(Refused, match=f"{apart.MOST_MEMORY} {apart.SECONDS} 0"):
        clean_apart(BytesIO(jpeg()))
