"""`manage.py backup` and `restore`: everything that was saved when it began, on another path, the same to the bit."""

import io
import json
import os
import random
import sqlite3
import subprocess
import sys
from contextlib import closing
from itertools import count
from pathlib import Path
from threading import Event, Thread
from types import SimpleNamespace

import pytest
from django.conf import settings as shipped
from django.core.management import CommandError, call_command
from django.db import OperationalError, connection, connections

from patients import photo_store
from patients.actions.photos import remove_photo
from patients.management.keeping import snapshot, taking
from patients.models import AuditEvent, Log, Photo, Role
from tests.at_once import apart
from tests.conftest import TODAY, TREATED
from tests.e2e.house import own_database
from tests.factories import a_clinic, a_log, a_member, a_photo, a_treatment

KEY = "correct horse battery staple"
READ = """
import json
from django.db import connection
from patients.management.keeping import snapshot
from patients.models import AuditEvent, Log, Photo
from patients import photo_store
from hashlib import sha256
print(json.dumps({
    "logs": [str(uuid) for uuid in Log.objects.values_list("uuid", flat=True)],
    "photos": {
        str(p.uuid): [p.sha256, sha256(photo_store.read(p.full)).hexdigest(), len(photo_store.read(p.thumb))] for p in Photo.objects.all()
    },
    "done": list(AuditEvent.objects.filter(action__startswith="backup").values_list("action", "actor_label")),
}))
"""


@pytest.fixture
def pictures(monkeypatch):
    """Photos without the second that cleaning one takes: they are not what this is about."""
    numbers = count(1)

    def clean(file, keep):
        file.read()
        content = random.Random(next(numbers)).randbytes(40_000)
        return SimpleNamespace(full=content, thumbnail=content[:4000], width=96, height=64)

    monkeypatch.setattr("patients.actions.photos.clean_apart", clean)


@pytest.fixture
def house(db, tmp_path, photo_folder, travel_to, pictures, settings):
    """An installation of its own in files; six patients, one of whom has logged a day with a photo."""
    travel_to(TODAY)
    settings.VAR_DIR, settings.BACKUP_KEY = tmp_path, ""
    with apart(tmp_path):
        by = a_member(a_clinic(), Role.CLINICIAN, "Mira Osei")
        treatments = [a_treatment(by, f"Ana{n} Ferreira", TREATED) for n in range(6)]
        a_photo(a_log(treatments[0], 0).log)
        yield SimpleNamespace(treatments=treatments, archive=tmp_path / "archive", folder=photo_folder)


@pytest.fixture
def elsewhere(tmp_path):
    """Runs commands of another installation, which has nothing yet."""
    with own_database() as database:
        gone = {"DATABASE_URL", "BACKUP_KEY", "PHOTOS_URL"}
        environ = {name: value for name, value in os.environ.items() if name not in gone} | database
        environ |= {"VAR_DIR": str(tmp_path / "elsewhere")}

        def run(*words, **more):
            command = [sys.executable, "manage.py", *map(str, words)]
            return subprocess.run(
                command, cwd=shipped.BASE_DIR, env=environ | more, capture_output=True, text=True, timeout=120, check=False
            )

        run.url = database.get("DATABASE_URL")
        yield run


def backup(house, *words):
    out, err = io.StringIO(), io.StringIO()
    call_command("backup", str(house.archive), *words, stdout=out, stderr=err)
    return out.getvalue() + err.getvalue()


def read(elsewhere, **environ):
    done = elsewhere("shell", "-v0", "-c", READ, **environ)
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout.splitlines()[-1])


def stopped_before_its_end(elsewhere, archive, **environ):
    """The marker of a restore, as it lies there until the last step."""
    code = f"""
from pathlib import Path
from hashlib import sha256
from patients.management.keeping import target
digest = sha256(Path({str(archive)!r}).read_bytes()).hexdigest()
target.write_marker(target.Begun(digest, target.database(), target.photos()))
"""
    done = elsewhere("shell", "-v0", "-c", code, **environ)
    assert done.returncode == 0, done.stderr


def test_taken_under_load_and_restored_elsewhere(house, elsewhere, settings):
    settings.BACKUP_KEY = KEY
    stop, logs, photos = Event(), [], []

    def write():
        try:
            for day, treatment in ((day, treatment) for day in range(1, 5) for treatment in house.treatments):
                if stop.is_set():
                    return
                made = a_log(treatment, day, note="x" * 300).log
                logs.append(str(made.uuid))
                photos.append(str(a_photo(made).uuid))
        finally:
            connections.close_all()

    writer = Thread(target=write)
    writer.start()
    while len(photos) < 4:
        stop.wait(0.01)
    known_logs, known_photos = set(logs), set(photos)
    said = backup(house)
    stop.set()
    writer.join()
    assert "Backup taken" in said

    done = elsewhere("restore", house.archive, BACKUP_KEY=KEY)
    assert (done.returncode, done.stderr) == (0, "")
    assert "every row and photo has the checksum of the archive" in done.stdout
    found = read(elsewhere)
    assert known_logs <= set(found["logs"])
    assert known_photos <= set(found["photos"])
    assert [photo for photo in found["photos"].values() if photo[0] != photo[1] or photo[2] != 4000] == []
    assert found["done"] == [["backup restored", "the system"]]
    assert AuditEvent.objects.get(action="backup taken").after["encrypted"] is True


def test_rows_and_photos_of_the_copy_are_those_of_the_source(house, elsewhere):
    """The sums the archive holds are made anew from the live database, and from the restored one."""
    backup(house)
    done = elsewhere("restore", house.archive)
    assert done.returncode == 0, done.stderr
    assert read(elsewhere)["logs"] == [str(uuid) for uuid in Log.objects.values_list("uuid", flat=True)]
    names = sorted(name for photo in Photo.objects.all() for name in photo.files)
    if not os.environ.get("DATABASE_URL", "").startswith("postgres"):
        folder = Path(house.archive.parent, "elsewhere", "photos")
        assert sorted(path.name for path in folder.iterdir()) == names
        assert {path.stat().st_mode & 0o777 for path in folder.iterdir()} == {0o600}
    again = elsewhere("restore", house.archive)
    assert again.returncode == 2
    assert "This database holds people." in again.stderr


def test_the_archive_is_whole_or_not_there_and_only_its_owner_reads_it(house, monkeypatch):
    backup(house)
    assert house.archive.stat().st_mode & 0o777 == 0o600
    assert "The archive is whole" in backup(house, "--check")
    other = SimpleNamespace(archive=house.archive.with_name("second"))
    monkeypatch.setattr("patients.management.keeping.taking.unpacked", lambda out, key: 1 / 0)
    with pytest.raises(ZeroDivisionError):
        backup(other)
    left = {path.name for path in house.archive.parent.iterdir()} - {"apart.sqlite3", "apart.sqlite3-wal", "apart.sqlite3-shm"}
    assert left == {"archive", "photos"}


def test_one_that_cannot_be_written_down_is_taken_all_the_same(house, monkeypatch):
    def fail(said):
        raise OperationalError("database is locked")

    monkeypatch.setattr(taking, "note_backup_taken", fail)
    out, err = io.StringIO(), io.StringIO()
    with pytest.raises(CommandError) as failed:
        call_command("backup", str(house.archive), stdout=out, stderr=err)
    said = "The backup was taken and is whole, but the audit could not say so: OperationalError: database is locked"
    assert (str(failed.value), failed.value.returncode) == (said, 1)
    assert f"SHA-256 {snapshot.sha256(house.archive.read_bytes()).hexdigest()}" in out.getvalue()


@pytest.mark.parametrize("command", ["backup", "restore"])
def test_what_killed_runs_left_is_removed_a_day_later(house, tmp_path, settings, command):
    """And nothing else: somebody may keep archives in a folder of such a name."""
    settings.VAR_DIR = tmp_path / "var"
    kept = ["backup-young123/database", "backup-20260101/monday.tar", "backup-2026/database", "restored-abcd1234/list", ".other.part"]
    gone = ["backup-abcd_123/database", "backup-abcd_123/photos", "restore-x7x7x7x7/database", "restore-x7x7x7x7/list", "backup-empty_00/"]
    for name in [*kept, *gone]:
        path = tmp_path / "var" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.mkdir() if name.endswith("/") else path.write_text("x")
    for path in (tmp_path / "var").rglob("*"):
        if "young" not in str(path):
            os.utime(path, (0, 0))
    part = tmp_path / ".archive.part"
    part.write_text("x")
    if command == "backup":
        backup(house)
    else:
        with pytest.raises(CommandError, match="cannot be read"):
            call_command("restore", str(house.archive))
    left = [name for name in [*kept, *gone] if (tmp_path / "var" / name).exists()]
    assert (left, part.exists()) == (kept, False)


def test_nothing_is_overwritten(house, tmp_path):
    house.archive.write_text("precious")
    with pytest.raises(CommandError, match="is there already, and nothing is overwritten"):
        backup(house)
    assert house.archive.read_text() == "precious"
    with pytest.raises(CommandError, match="The folder .* is not there"):
        backup(SimpleNamespace(archive=tmp_path / "nowhere" / "archive"))


def test_a_short_key_is_refused_before_anything_is_written(house, settings):
    settings.BACKUP_KEY = "secret"
    with pytest.raises(CommandError, match="BACKUP_KEY is too short"):
        backup(house)
    assert not house.archive.exists()


def test_a_flipped_bit_in_a_real_archive_is_refused_and_nothing_is_touched(house, elsewhere, tmp_path):
    backup(house)
    content = bytearray(house.archive.read_bytes())
    content[len(content) // 2] ^= 4
    house.archive.write_bytes(content)
    done = elsewhere("restore", house.archive)
    assert (done.returncode, "This archive is damaged" in done.stderr) == (2, True)
    assert {path.name for path in (tmp_path / "elsewhere").iterdir()} <= {"secret_key"}
    with pytest.raises(CommandError, match="This archive is damaged") as refused:
        backup(house, "--check")
    assert refused.value.returncode == 2


class TestPhotosThatGo:
    def overtaken(self, monkeypatch, house, times):
        """Their owner removes a photo right after each of the first snapshots."""
        take, taken = snapshot.take, []

        def then_removed(*paths):
            found = take(*paths)
            taken.append(found)
            if len(taken) <= times:
                photo = Photo.objects.with_recovery().select_related("log__treatment__patient__user").latest("pk")
                remove_photo(by=photo.log.treatment.patient.user, photo=photo)
            return found

        monkeypatch.setattr(snapshot, "take", then_removed)
        for day in range(1, 4):
            a_photo(a_log(house.treatments[0], day).log)
        return taken

    def test_the_snapshot_is_taken_anew(self, house, monkeypatch):
        taken = self.overtaken(monkeypatch, house, 1)
        assert "6 photo files" in backup(house)
        assert (len(taken), Photo.objects.count()) == (2, 3)

    def test_after_three_times_it_is_said(self, house, monkeypatch):
        taken = self.overtaken(monkeypatch, house, 3)
        with pytest.raises(CommandError, match="Photos were removed while the backup was taken, 3 times in a row"):
            backup(house)
        assert (len(taken), house.archive.exists()) == (3, False)

    @pytest.mark.parametrize("broken, says", [(lambda path: path.unlink(), "missing"), (lambda path: path.write_bytes(b"x"), "damaged")])
    def test_one_that_is_missing_in_the_system_itself_is_named(self, house, broken, says):
        photo = Photo.objects.get()
        broken(house.folder / photo.full)
        with pytest.raises(CommandError, match=f"The photo {photo.uuid}: its file is {says} in the system itself"):
            backup(house)
        said = backup(house, "--allow-missing")
        assert f"The photo {photo.uuid} is missing or damaged in the system itself." in said
        assert AuditEvent.objects.get(action="backup taken").after["wanting"] == [str(photo.uuid)]


class TestRestoring:
    def test_an_interrupted_one_is_run_again(self, house, elsewhere, tmp_path):
        backup(house)
        there = tmp_path / "elsewhere"
        assert elsewhere("restore", house.archive).returncode == 0
        stopped_before_its_end(elsewhere, house.archive)
        assert "A restore was interrupted" in elsewhere("check").stderr
        done = elsewhere("restore", house.archive)
        assert done.returncode == 0, done.stderr
        assert not (there / "restoring").exists()
        stopped_before_its_end(elsewhere, house.archive)
        begun = json.loads((there / "restoring").read_text())
        (there / "restoring").write_text(json.dumps(begun | {"archive": "0" * 64}))
        done = elsewhere("restore", house.archive)
        assert (done.returncode, "Restoring another archive was interrupted here." in done.stderr) == (2, True)

    @pytest.mark.parametrize("other", ["database", "photos"])
    def test_one_that_was_interrupted_elsewhere_lets_nothing_be_replaced_here(self, house, elsewhere, tmp_path, other):
        backup(house)
        assert elsewhere("restore", house.archive).returncode == 0
        known = read(elsewhere)
        marker = tmp_path / "elsewhere" / "restoring"
        url = f"{elsewhere.url}_other" if elsewhere.url else f"sqlite:///{tmp_path}/other"
        stopped_before_its_end(elsewhere, house.archive, **({"DATABASE_URL": url} if other == "database" else {}))
        begun = json.loads(marker.read_text())
        assert begun["database"].endswith("other") == (other == "database")
        assert "postgres@" not in marker.read_text()
        marker.write_text(json.dumps(begun | ({"photos": "elsewhere"} if other == "photos" else {})))
        done = elsewhere("restore", house.archive)
        assert (done.returncode, "A restore to another place was interrupted here" in done.stderr) == (2, True)
        marker.unlink()
        assert read(elsewhere) == known

    @pytest.mark.parametrize("content", ["", "0" * 64, "[]", "{}", "null"])
    def test_a_marker_that_cannot_be_read_lets_nothing_be_replaced(self, house, settings, content):
        backup(house)
        Path(settings.VAR_DIR, "restoring").write_text(content)
        with pytest.raises(CommandError, match="A restore was interrupted here, and .*restoring does not say which"):
            call_command("restore", str(house.archive))
        assert Log.objects.count() == 1

    def test_photos_that_are_there_are_not_mixed_with_others(self, house, elsewhere, tmp_path):
        backup(house)
        (tmp_path / "elsewhere" / "photos").mkdir(parents=True)
        (tmp_path / "elsewhere" / "photos" / "holiday.jpg").write_bytes(b"x")
        done = elsewhere("restore", house.archive)
        assert (done.returncode, "The place of the photos holds files." in done.stderr) == (2, True)

    def test_an_archive_of_a_newer_version_is_refused(self, house, elsewhere):
        with connection.cursor() as cursor:
            cursor.execute("INSERT INTO django_migrations (app, name, applied) VALUES ('patients', '9999_later', CURRENT_TIMESTAMP)")
        backup(house)
        done = elsewhere("restore", house.archive)
        assert (done.returncode, "made by a newer version of this application (it knows patients.9999_later)" in done.stderr) == (2, True)

    def test_one_of_an_older_version_is_brought_up_to_date(self, house, elsewhere):
        # A migration of Django's own that changes no table stands for one that is not applied yet.
        with connection.cursor() as cursor:
            cursor.execute("DELETE FROM django_migrations WHERE app = 'admin' AND name = '0003_logentry_add_action_flag_choices'")
        backup(house)
        done = elsewhere("restore", house.archive)
        assert done.returncode == 0, done.stderr
        assert "its database was brought up to date" in done.stdout

    def test_what_is_open_elsewhere_is_not_replaced(self, house, elsewhere, tmp_path):
        backup(house)
        if connection.vendor == "sqlite":
            (tmp_path / "elsewhere").mkdir()
            held = sqlite3.connect(tmp_path / "elsewhere" / "db.sqlite3")
            held.executescript("PRAGMA journal_mode=WAL; CREATE TABLE t (a)")
        else:
            import psycopg

            held = psycopg.connect(elsewhere.url)
        with closing(held):
            done = elsewhere("restore", house.archive)
        assert (done.returncode, "The application is running on this database." in done.stderr) == (2, True)
        assert elsewhere("restore", house.archive).returncode == 0


def test_photos_kept_elsewhere_are_asked_for_through_the_storage(house, settings):
    """As of S3: no folder, names only."""
    photo, content = Photo.objects.get(), {}
    content = {name: photo_store.read(name) for name in photo.files}
    settings.STORAGES = settings.STORAGES | {"photos": {"BACKEND": "django.core.files.storage.InMemoryStorage"}}
    for name, kept in content.items():
        photo_store.take_in(name, [kept])
    assert photo_store.folder() is None
    assert "2 photo files" in backup(house)
