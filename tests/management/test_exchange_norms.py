"""`export_norms` and `import_norms`: out of the database and back in exactly, and nothing stored of a file that cannot be used."""

import io
import json

import pytest
from django.core.management import CommandError, call_command

from patients.actions.norms import start_draft
from patients.actions.protocols import copy_protocol
from patients.models import AuditEvent, NormVersion, Protocol
from recovery.timeline.part_tables import PARTS
from tests import factories

PROTOCOLS = ["pen", "pen-shallow", "pen-deep", "radiofrequency"]


def export(protocol="pen", *words, **options):
    said = io.StringIO()
    call_command("export_norms", protocol, *map(str, words), stdout=said, **options)
    return said.getvalue()


def import_(path, by, protocol="pen", **options):
    said = io.StringIO()
    call_command("import_norms", protocol, str(path), by=by.email, stdout=said, **options)
    return said.getvalue().splitlines()


def refusal(path, by, protocol="pen", **options):
    with pytest.raises(CommandError) as refused:
        import_(path, by, protocol, **options)
    assert refused.value.returncode == 2
    return str(refused.value)


def files_in(folder):
    return {path.name: path.read_bytes() for path in folder.iterdir()}


def draft(protocol="pen"):
    return NormVersion.objects.drafts().get(protocol__slug=protocol)


@pytest.fixture
def exported(clinic, tmp_path):
    """Pen's norms as a file."""
    export("pen", to=tmp_path / "pen.json")
    return tmp_path / "pen.json"


@pytest.fixture
def tables(clinic, tmp_path):
    """Pen's norms as a folder of files."""
    export("pen", format="csv", to=tmp_path / "tables")
    return tmp_path / "tables"


def change(path, old, new):
    content = path.read_text(encoding="utf-8")
    assert old in content
    path.write_bytes(content.replace(old, new, 1).encode())
    return path


def publish_emptied(protocol):
    """A version in force of which only one band is left, so that everything else differs."""
    version = factories.a_draft(protocol)
    for rows in (version.phases, version.milestones, version.guidance, version.signs, version.adjustments):
        rows.all().delete()
    version.bands.exclude(pk=version.bands.first().pk).delete()
    version.settings = version.settings | {"cluster_size": 5, "worsening_symptoms": []}
    version.save()
    return factories.publish(version)


# --- there and back


@pytest.mark.parametrize("protocol", PROTOCOLS)
def test_json_comes_back_to_the_byte(admin, tmp_path, protocol):
    original = export(protocol)
    (tmp_path / "norms.json").write_bytes(original.encode())
    publish_emptied(protocol)
    import_(tmp_path / "norms.json", admin, protocol)
    assert export(protocol, number=3) == original


@pytest.mark.parametrize("protocol", PROTOCOLS)
def test_a_folder_of_csv_comes_back_to_the_byte(admin, tmp_path, protocol):
    export(protocol, format="csv", to=tmp_path / "before")
    publish_emptied(protocol)
    import_(tmp_path / "before", admin, protocol)
    export(protocol, format="csv", number=3, to=tmp_path / "after")
    assert files_in(tmp_path / "after") == files_in(tmp_path / "before")
    assert sorted(files_in(tmp_path / "after")) == sorted(f"{part}.csv" for part in PARTS)


@pytest.mark.parametrize("part", PARTS)
@pytest.mark.parametrize("protocol", PROTOCOLS)
def test_a_csv_file_comes_back_to_the_byte_and_replaces_only_its_part(admin, tmp_path, protocol, part):
    export(protocol, format="csv", to=tmp_path / "before")
    publish_emptied(protocol)
    export(protocol, format="csv", to=tmp_path / "in force")
    import_(tmp_path / "before" / f"{part}.csv", admin, protocol)
    export(protocol, format="csv", number=3, to=tmp_path / "after")
    expected = files_in(tmp_path / "in force") | {f"{part}.csv": (tmp_path / "before" / f"{part}.csv").read_bytes()}
    assert files_in(tmp_path / "after") == expected


AWKWARD = 'A "quoted", line;\r\nanother\rand =1+1 – 皮膚 \t'


@pytest.mark.parametrize("form", ["json", "csv"])
def test_awkward_texts_come_back(admin, tmp_path, form):
    version = factories.a_draft()
    version.bands.filter(symptom="redness").update(rationale=AWKWARD)
    version.phases.update(what_to_expect=AWKWARD)
    factories.publish(version)
    export("pen", format=form, to=tmp_path / "norms.json")
    publish_emptied("pen")
    import_(tmp_path / "norms.json", admin)
    assert export("pen", number=4) == export("pen", number=2)


def test_json_goes_to_a_file_as_it_is_printed(exported):
    assert exported.read_bytes().decode() == export("pen")


def test_csv_has_the_mark_by_which_spreadsheets_know_utf_8(tables):
    assert all(content.startswith(b"\xef\xbb\xbfprotocol,") for content in files_in(tables).values())


def test_the_version_in_force_unless_another_is_named(clinic):
    original = export("pen")
    publish_emptied("pen")
    assert export("pen") != original
    assert export("pen", "--version", 1) == original


def test_a_draft_is_exported_by_its_number(admin):
    before = export("pen")
    start_draft(by=admin, protocol=Protocol.objects.get(slug="pen"))
    assert export("pen", number=2) == before


# --- an edited file


def test_an_edit_is_said_and_becomes_a_draft(admin, exported):
    change(exported, '"high": 4', '"high": 3')
    assert import_(exported, admin) == ["Redness, day 0: high 4 → 3", "Pen 0.5–1.5 mm, version 2 was made as a draft."]
    assert draft().bands.get(symptom="redness", first_day=0).high == 3
    assert export("pen", number=2) == exported.read_text(encoding="utf-8")


def test_the_audit_says_from_which_file(admin, exported):
    import_(change(exported, '"high": 4', '"high": 3'), admin)
    event = AuditEvent.objects.latest("pk")
    assert (event.why, draft().started_by) == ("Imported from pen.json.", admin)


def test_the_address_is_known_whatever_its_case(admin, exported):
    admin.email = admin.email.upper()
    assert import_(exported, admin) == ["No difference: no draft was made."]


@pytest.mark.parametrize("name", ["PEN.JSON", "bands.CSV"])
def test_the_end_of_a_name_may_have_capitals(admin, exported, tables, name):
    path = exported.rename(exported.with_name(name)) if name == "PEN.JSON" else (tables / "bands.csv").rename(tables / name)
    assert import_(path, admin) == ["No difference: no draft was made."]


def test_a_folder_is_named_in_the_audit_too(admin, tables):
    change(tables / "bands.csv", "redness,0,0,1,3,4", "redness,0,0,1,3,3")
    assert import_(tables, admin)[0] == "Redness, day 0: high 4 → 3"
    assert AuditEvent.objects.latest("pk").why == "Imported from tables."


def test_rows_in_another_order_are_put_right(admin, exported):
    original = exported.read_text(encoding="utf-8")
    content = json.loads(original)
    content["bands"].reverse()
    content["adjustments"].reverse()
    content["settings"]["cluster_size"] = 3
    exported.write_text(json.dumps(content), encoding="utf-8")
    import_(exported, admin)
    assert export("pen", number=2) == original.replace('"cluster_size": 2', '"cluster_size": 3')


def test_a_dry_run_says_the_same_and_stores_nothing(admin, exported):
    change(exported, '"high": 4', '"high": 3')
    assert import_(exported, admin, dry_run=True) == ["Redness, day 0: high 4 → 3", "Dry run: no draft was made."]
    assert not NormVersion.objects.drafts().exists()


@pytest.mark.parametrize("form", ["exported", "tables"])
def test_without_a_difference_there_is_no_draft(request, admin, form):
    assert import_(request.getfixturevalue(form), admin) == ["No difference: no draft was made."]
    assert not NormVersion.objects.drafts().exists()


def test_a_gap_is_left_to_the_proof_of_the_draft(admin, tables):
    change(tables / "bands.csv", "redness,1,1,0,2,3", "redness,2,2,0,2,3")
    change(tables / "bands.csv", "redness,2,2,0,1,3", "redness,4,9,0,1,3")
    import_(tables, admin)
    assert list(draft().bands.filter(symptom="redness", first_day__lt=5).values_list("first_day", "last_day")) == [
        (0, 0),
        (2, 2),
        (3, 4),
        (4, 9),
    ]


# --- clinics


def test_a_clinics_own_protocol(admin, clinic, tmp_path):
    copy_protocol(by=admin, protocol=Protocol.objects.get(slug="pen"))
    own = tmp_path / "own.json"
    export("pen", clinic=clinic.name, to=own)
    import_(change(own, '"high": 4', '"high": 3'), admin, clinic=clinic.name)
    assert draft().protocol.clinic == clinic
    assert export("pen", clinic=clinic.name, number=2) == own.read_text(encoding="utf-8") != export("pen")


def test_a_clinic_without_its_own(admin, exported, clinic):
    assert refusal(exported, admin, clinic=clinic.name) == "“Linden Skin Clinic” has no protocol “pen” of its own. Known: none."


def test_two_clinics_of_one_name(admin, exported, clinic):
    copy_protocol(by=admin, protocol=Protocol.objects.get(slug="pen"))
    twin = factories.a_clinic(clinic.name)
    Protocol.objects.create(slug="pen", name="Pen", clinic=twin)
    assert refusal(exported, admin, clinic=clinic.name) == "Several clinics are named “Linden Skin Clinic”. Rename one of them first."


# --- what is refused


def nothing_is_stored():
    return NormVersion.objects.count() == len(PROTOCOLS) and not AuditEvent.objects.filter(action__startswith="norm").exists()


@pytest.mark.parametrize(
    "old, new, says",
    [
        ("redness,1,1,0,2,3", "redness,1,1,0,2,5", "bands, line 3, column high: expected 0 to 4, found 5"),
        ("redness,1,1,0,2,3", "redness,1,1,3,2,3", "bands, line 3, column typical: expected 3 or more, as low is 3; found 2"),
        ("redness,1,1,0,2,3", "redness,1,1,−1,2,3", "bands, line 3, column low: expected a whole number, 0 to 4, found “−1”"),
        ("redness,1,1,0,2,3", "redness,1,1,,2,3", "bands, line 3, column low: expected a whole number, 0 to 4, found nothing"),
        ("redness,1,1,0,2,3", "redness,1,1,0,two,3", "bands, line 3, column typical: expected a whole number, 0 to 4, found “two”"),
        ("redness,1,1,0,2,3", "redness,1,1,NaN,2,3", "bands, line 3, column low: expected a whole number, 0 to 4, found “NaN”"),
        ("redness,1,1,0,2,3", "redness,1,3651,0,2,3", "bands, line 3, column last_day: expected 0 to 3650, found 3651"),
        ("redness,1,1,0,2,3", "redness,0,1,0,2,3", "bands, line 3, column first_day: expected each symptom and first_day once"),
        ("pen,redness,1", "pen-deep,redness,1", "bands, line 3, column protocol: expected “pen”, found “pen-deep”"),
        ("first_day", "day", "line 1: the header is “protocol,symptom,day,"),
    ],
)
def test_a_broken_table_is_refused_by_its_cell(admin, tables, old, new, says):
    change(tables / "bands.csv", old, new)
    assert refusal(tables, admin).startswith(f"bands.csv cannot be used.\n{says}")
    assert refusal(tables / "bands.csv", admin).startswith(f"bands.csv cannot be used.\n{says}")
    assert nothing_is_stored()


@pytest.mark.parametrize(
    "saved, says",
    [
        (lambda text: text.replace(",", ";").encode(), "line 1: columns are separated by semicolons; save it with commas"),
        (lambda text: text.encode("utf-16"), "the file is saved as UTF-16 (“Unicode text”); save it as CSV UTF-8"),
        (lambda text: (text + "é").encode("latin-1", "replace"), "line 57: the file is not saved as UTF-8; save it as CSV UTF-8"),
    ],
)
def test_a_table_saved_another_way_is_refused(admin, tables, saved, says):
    (tables / "bands.csv").write_bytes(saved((tables / "bands.csv").read_text("utf-8-sig")))
    assert refusal(tables, admin) == f"bands.csv cannot be used.\n{says}"
    assert nothing_is_stored()


@pytest.mark.parametrize(
    "old, new, says",
    [
        ('"high": 3', '"high": 5', "bands, row 2, high: expected 0 to 4, found 5"),
        ('"low": 1', '"low": 4', "bands, row 1, typical: expected 4 or more, as low is 4; found 3"),
        ('"low": 1', '"low": NaN', "bands, row 1, low: expected a whole number, 0 to 4, found NaN"),
        ('"low": 1', '"low": ""', "bands, row 1, low: expected a whole number, 0 to 4, found nothing"),
        ('"protocol": "pen"', '"protocol": "pen-deep"', "protocol: expected “pen”, found “pen-deep”"),
        ('"format_version": 1,', '"format_version": 1', "line 4, column 3: not JSON (Expecting ',' delimiter)"),
    ],
)
def test_a_broken_document_is_refused_by_its_place(admin, exported, old, new, says):
    change(exported, old, new)
    assert refusal(exported, admin) == f"pen.json cannot be used.\n{says}"
    assert nothing_is_stored()


def test_a_document_saved_another_way_is_refused(admin, exported):
    exported.write_bytes(exported.read_text(encoding="utf-8").encode("utf-16"))
    assert refusal(exported, admin) == "pen.json cannot be used.\nthe file is saved as UTF-16 (“Unicode text”); save it as UTF-8"


def test_a_part_that_stands_in_two_files(admin, tables):
    (tables / "bands copy.csv").write_bytes((tables / "bands.csv").read_bytes())
    assert refusal(tables, admin) == "bands.csv cannot be used.\nbands stand in bands copy.csv already"


def test_a_folder_without_tables_and_a_file_of_another_kind(admin, tmp_path):
    assert refusal(tmp_path, admin) == f"{tmp_path} holds no .csv file."
    (tmp_path / "norms.xlsx").write_bytes(b"PK")
    assert refusal(tmp_path / "norms.xlsx", admin) == (
        "norms.xlsx cannot be used.\nexpected a name that ends in .json or .csv; a spreadsheet can be saved as CSV UTF-8"
    )


def test_a_file_that_is_not_there(admin, tmp_path):
    assert refusal(tmp_path / "gone.csv", admin) == f"{tmp_path / 'gone.csv'} cannot be read: No such file or directory."


def test_somebody_who_may_not(clinician, exported):
    assert refusal(change(exported, '"high": 4', '"high": 3'), clinician) == "Only admins change the timeline norms."
    assert nothing_is_stored()


@pytest.mark.parametrize("email", ["nobody@example.org", ""])
def test_somebody_who_is_not_known(exported, email):
    with pytest.raises(CommandError, match=f"^Nobody signs in with “{email}”.$"):
        call_command("import_norms", "pen", str(exported), by=email)


def test_somebody_who_left(admin, exported):
    admin.is_active = False
    admin.save()
    assert refusal(exported, admin).startswith("Nobody signs in with")


def test_while_there_is_a_draft(admin, exported):
    start_draft(by=admin, protocol=Protocol.objects.get(slug="pen"))
    said = refusal(change(exported, '"high": 4', '"high": 3'), admin)
    assert said.endswith("Go on with that draft, or discard it first.")
    assert draft().bands.get(symptom="redness", first_day=0).high == 4


@pytest.mark.parametrize(
    "options, says",
    [
        ({"protocol": "laser"}, "No protocol “laser” is shared by all clinics. Known: pen, pen-shallow, pen-deep, radiofrequency."),
        ({"number": 7}, "Pen 0.5–1.5 mm has no version 7. Versions: 1."),
        ({"clinic": "Nowhere"}, "“Nowhere” has no protocol “pen” of its own. Known: none."),
        ({"format": "csv"}, "CSV makes a file for each part: say into which folder with --to."),
    ],
)
def test_what_cannot_be_exported(clinic, options, says):
    with pytest.raises(CommandError) as refused:
        export(**options)
    assert (str(refused.value), refused.value.returncode) == (says, 2)


def test_a_protocol_of_which_nothing_is_published(admin, clinic, exported):
    Protocol.objects.create(slug="laser", name="Laser", clinic=clinic)
    assert refusal(exported, admin, "laser", clinic=clinic.name) == "Laser has no published version yet. Versions: none."


@pytest.mark.parametrize("form", ["json", "csv"])
def test_a_place_that_cannot_be_written(clinic, tmp_path, form):
    (tmp_path / "file").write_text("")
    with pytest.raises(CommandError, match="cannot be written: ") as refused:
        export("pen", format=form, to=tmp_path / "file" / "norms")
    assert refused.value.returncode == 2
