"""An archive as bytes: whole, or refused with a sentence, whatever happened to it on the way."""

import io
import random
import tarfile
from dataclasses import replace

import pytest

from recovery.archive import sealing
from recovery.archive.errors import Damaged, Refused, WrongKey
from recovery.archive.manifest import Manifest, Sum, read_manifest
from recovery.archive.packing import Packer, photo_name, unpacked

KEY = "correct horse battery staple"
DATABASE = bytes(range(256)) * 9
PHOTOS = {f"{number:032x}.jpg": random.Random(number).randbytes(700 * number) for number in range(4)}
MANIFEST = Manifest("2026-03-18T12:00:00+00:00", "sqlite", ["patients.0001_initial"], {"log": Sum(3, "abc")}, Sum(0, ""), Sum(0, ""))


@pytest.fixture(autouse=True)
def small(monkeypatch):
    """Many chunks of few bytes, and a key that costs nothing."""
    monkeypatch.setattr(sealing, "CHUNK", 512)
    monkeypatch.setattr(sealing, "COST", 2)


def packed(key="", photos=PHOTOS, **changes):
    out = io.BytesIO()
    packer = Packer(sealing.writer(out, key), io.BytesIO())
    database = packer.add("database", io.BytesIO(DATABASE), len(DATABASE))
    for name, content in photos.items():
        packer.add_photo(name, io.BytesIO(content), len(content))
    packer.finish(replace(MANIFEST, database=database, photos=packer.photos, **changes))
    return out.getvalue()


def refusal(archive, key=""):
    with pytest.raises(Refused) as refused:
        unpacked(io.BytesIO(archive), key)
    return refused.value


@pytest.mark.parametrize("key", ["", KEY])
def test_what_went_in_comes_out(key):
    found = {}
    manifest = unpacked(io.BytesIO(packed(key)), key, lambda part: found.update({photo_name(part): b"".join(part.chunks())}))
    assert {name: found[name] for name in PHOTOS} == PHOTOS
    assert (manifest.tables, manifest.rows, manifest.photos.count) == ({"log": Sum(3, "abc")}, 3, 4)


def test_without_a_key_any_program_opens_it():
    with tarfile.open(fileobj=io.BytesIO(packed())) as tar:
        assert tar.getnames() == ["database", *(f"photos/{name}" for name in PHOTOS), "photos.txt", "manifest.json"]
        assert tar.extractfile("database").read() == DATABASE


def test_with_a_key_nothing_shows():
    archive = packed(KEY)
    assert [word for word in (b"ustar", b"patients", b"photos/", DATABASE[:64]) if word in archive] == []
    assert packed(KEY)[: sealing.HEADER] != archive[: sealing.HEADER]  # another salt each time, so another key


@pytest.mark.parametrize("key", ["", KEY])
def test_a_flipped_bit_anywhere_is_refused(key):
    archive, chance = packed(key), random.Random(5)
    for where in [0, 257, len(archive) - 1, *chance.sample(range(len(archive)), 50)]:
        flipped = bytearray(archive)
        flipped[where] ^= 1 << chance.randrange(8)
        said = str(refusal(bytes(flipped), key))
        assert "damaged" in said, (where, said)


@pytest.mark.parametrize("key", ["", KEY])
def test_what_is_cut_off_or_longer_is_refused(key):
    archive = packed(key)
    frame = sealing.CHUNK + sealing.TAG
    for end in (0, 1, 16, 48, 300, frame, 3 * frame, len(archive) // 2, len(archive) - 512, len(archive) - 32, len(archive) - 1):
        assert isinstance(refusal(archive[:end], key), Refused)
    for more in (b"\0", b"x" * 600, archive):
        assert isinstance(refusal(archive + more, key), Damaged)


@pytest.mark.parametrize("first, second", [(0, 1), (2, 7), (3, -2)])
def test_chunks_swapped_doubled_or_left_out_are_refused(first, second):
    archive = packed(KEY)
    head, frame = archive[: sealing.HEADER], sealing.CHUNK + sealing.TAG
    chunks = [archive[at : at + frame] for at in range(len(head), len(archive), frame)]
    swapped = chunks[:]
    swapped[first], swapped[second] = swapped[second], swapped[first]
    doubled, without = chunks[: first + 1] + chunks[first:], chunks[:first] + chunks[first + 1 :]
    for other in (swapped, doubled, without, chunks[:second]):
        assert isinstance(refusal(head + b"".join(other), KEY), Damaged)


def test_chunks_of_another_archive_under_the_same_key_are_refused():
    one, other, frame = packed(KEY), packed(KEY), sealing.CHUNK + sealing.TAG
    mixed = one[: sealing.HEADER + frame] + other[sealing.HEADER + frame :]
    assert "part 2 does not open" in str(refusal(mixed, KEY))


@pytest.mark.parametrize(
    "key, says",
    [
        ("", "This archive is encrypted. Set BACKUP_KEY"),
        (KEY + "r", "BACKUP_KEY is not the key that this archive was made with"),
        ("short", "BACKUP_KEY is too short"),
    ],
)
def test_a_wrong_key_says_so(key, says):
    refused = refusal(packed(KEY), key)
    assert isinstance(refused, WrongKey)
    assert says in str(refused)


def test_one_that_is_not_encrypted_is_refused_where_a_key_is_set():
    refused = refusal(packed(), KEY)
    assert isinstance(refused, WrongKey)
    assert str(refused) == "This archive is not encrypted. Unset BACKUP_KEY if you mean to use it."


@pytest.mark.parametrize("content", [b"", b"hello", b"\x89PNG" * 999, sealing.MAGIC])
def test_what_is_no_archive_is_refused(content):
    assert "no backup" in str(refusal(content, KEY)) or "damaged" in str(refusal(content, KEY))


@pytest.mark.parametrize("name", ["../../etc/passwd", "a/b.jpg", "", "..", "a\\b.jpg"])
def test_a_name_that_leads_elsewhere_is_refused(name):
    assert "a file that does not belong to it" in str(refusal(packed(photos={name: b"x"})))


def test_a_photo_that_is_not_listed_is_refused():
    """Made on purpose, with a right checksum: the archive's own parts must agree."""
    plain, out = io.BytesIO(), io.BytesIO()
    with tarfile.open(fileobj=io.BytesIO(packed())) as source, tarfile.open(fileobj=plain, mode="w") as target:
        for entry in source:
            if entry.name != f"photos/{list(PHOTOS)[2]}":
                target.addfile(entry, source.extractfile(entry))
    writer = sealing.writer(out, "")
    writer.write(plain.getvalue())
    writer.finish()
    assert "the photos in it have another checksum" in str(refusal(out.getvalue()))


def test_a_newer_format_asks_for_the_newer_version():
    assert "made by a newer version" in str(refusal(packed(version=2)))


@pytest.mark.parametrize(
    "change",
    [lambda text: text.replace(b'"sqlite"', b'"oracle"'), lambda text: text[:-9], lambda text: b"[]", lambda text: b'{"version": 1}'],
)
def test_a_manifest_that_was_altered_is_refused(change):
    assert read_manifest(MANIFEST.to_bytes()) == MANIFEST
    with pytest.raises(Damaged, match="manifest"):
        read_manifest(change(MANIFEST.to_bytes()))


def test_a_file_that_shrinks_while_it_is_read_stops_the_packing():
    packer = Packer(sealing.writer(io.BytesIO(), ""), io.BytesIO())
    with pytest.raises(OSError, match="unexpected end of data"):
        packer.add("database", io.BytesIO(b"123"), 4)
