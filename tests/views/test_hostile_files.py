"""Hostile text in files, both ways: kept to the letter, guarded where a program would run it, refused with a sentence."""

import csv
import io
import json
import re
import zipfile

import pytest
from django.urls import reverse

from patients.exports.cells import FORMULAS as GUARDED
from patients.exports.cells import as_text
from patients.exports.insight_lines import as_csv
from patients.models import Clinic
from tests.factories import a_log, a_photo
from tests.hostile import FORMULAS, packed
from tests.intruders import checked, intruders
from tests.views.test_log import answers


@pytest.mark.parametrize("letters", ["\\ud800", "\\udfff\\ud800", "\\u0000"])
def test_a_file_of_norms_with_letters_that_are_none(as_superuser, letters):
    """Only JSON can bring half a letter; no database holds it."""
    whole = as_superuser.get(reverse("norms-export", args=["pen", 1, "json"])).content.decode()
    spoilt = whole.replace('"text": "', f'"text": "{letters}', 1)
    assert spoilt != whole
    answer = as_superuser.post(reverse("norms-import", args=["pen"]), {"text": spoilt})
    assert (answer.status_code, intruders(answer)) == (200, [])
    assert 'name="do" value="draft"' not in answer.content.decode()


def test_the_record_holds_the_note_to_the_letter_and_runs_nothing(as_patient, treatment):
    for value in [*packed(2000)[::3], *(f"{formula} x" for formula in FORMULAS[::4])]:
        as_patient.post("/log/", answers(note=value))
        archive = zipfile.ZipFile(io.BytesIO(b"".join(as_patient.post("/settings/download/").streaming_content)))
        files = {name: archive.read(name).decode("utf-8-sig") for name in archive.namelist() if name.endswith((".json", ".csv"))}
        assert any(
            value.strip() in json.dumps(json.loads(text), ensure_ascii=False).encode().decode() or _holds(json.loads(text), value.strip())
            for name, text in files.items()
            if name.endswith(".json")
        )
        cells = [
            cell
            for name, text in files.items()
            if name.endswith(".csv")
            for line in csv.reader(io.StringIO(text, newline=""))
            for cell in line
        ]
        assert [cell for cell in cells if cell.startswith(GUARDED)] == []


def _holds(found, value):
    if isinstance(found, dict | list):
        return any(_holds(one, value) for one in (found.values() if isinstance(found, dict) else found))
    return found == value


def test_calendar_files_keep_their_lines(as_patient, treatment):
    for value in packed(120)[::3]:
        Clinic.objects.update(name=value)
        lines = as_patient.get(reverse("next-session-file", args=[treatment.uuid])).content.decode().split("\r\n")
        known = (
            "BEGIN:",
            "END:",
            "VERSION:",
            "PRODID:",
            "UID:",
            "DTSTAMP:",
            "DTSTART",
            "DTEND",
            "SUMMARY:",
            "DESCRIPTION:",
            "TRANSP:",
            "CLASS:",
            " ",
        )
        assert [line for line in lines[:-1] if not line.startswith(known) or re.search(r"[\x00-\x08\n\r]", line)] == []
        assert sum(line.startswith("END:VEVENT") for line in lines) == 1


def test_file_names_of_photos_go_nowhere(as_patient, treatment, photo_folder):
    photo = a_photo(a_log(treatment, 4).log)
    for name in packed(200)[::20]:
        file = io.BytesIO(b"no picture")
        file.name = re.sub(r"[\r\n\0]", "", name).replace("/", "_")[:150] or "x"
        checked(as_patient.post("/log/", answers(**{"photo-front": file}), follow=True))
    assert sorted(path.name for path in photo_folder.rglob("*") if path.is_file()) == sorted([photo.full, photo.thumb])


def test_cells_of_figures_are_guarded():
    line = "".join(as_csv([[as_text(text) for text in FORMULAS]]))
    assert [cell for cell in next(csv.reader([line])) if cell.startswith(GUARDED)] == []
