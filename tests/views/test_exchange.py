"""Norms as files, by page: a version downloaded, files uploaded, read, compared and made a draft."""

import json
from dataclasses import replace

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse

from patients.actions.norms import discard_draft, draft_of, publish_draft, save_draft, start_draft
from patients.actions.protocols import copy_protocol, create_protocol, retire_protocol
from patients.exports.uploads import Target
from patients.models import AuditEvent, NormVersion, Protocol, Role
from patients.models.norm_values import read_norms
from recovery.timeline.document import to_json
from recovery.timeline.part_tables import PARTS, to_csv
from tests import factories
from tests.pages import filled_in, page, text

PROTOCOLS = ["pen", "pen-shallow", "pen-deep", "radiofrequency"]
UPLOAD = reverse("norms-import", args=["pen"])
DRAFT = reverse("draft", args=["pen"])
MARK = "\ufeff".encode()
PNG = b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR" + bytes(range(1, 256))
CHANGE = ("bands", "redness,0,0,1,3,4", "redness,0,0,1,3,3")  # one cell


def export(number, name, protocol="pen"):
    return reverse("norms-export", args=[protocol, number, name])


def upload(browser, *files, text="", url=UPLOAD, **more):
    """Sends files, each a name and its content, as the form does."""
    sent = [SimpleUploadedFile(name, content if isinstance(content, bytes) else content.encode()) for name, content in files]
    return browser.post(url, {"files": sent, "text": text, **more} if sent else {"text": text, **more})


def send_back(browser, response, url=UPLOAD, **more):
    """Presses the button under the differences."""
    return browser.post(url, filled_in(response) | {"do": "draft"} | more)


def is_offered(response):
    return 'name="do" value="draft"' in response.content.decode()


def version(slug="pen", number=1):
    return NormVersion.objects.get(protocol__slug=slug, number=number)


def document(**edits):
    """Pen's norms as JSON, with values of its first band changed."""
    content = json.loads(to_json("pen", read_norms(version())))
    content["bands"][0] |= edits
    return json.dumps(content)


def table(part="bands", old="", new=""):
    content = to_csv(part, "pen", read_norms(version()))
    assert old in content
    return content.replace(old, new, 1)


def stored():
    """All that an upload could change."""
    versions = [(v.pk, v.edits, to_json("", read_norms(v))) for v in NormVersion.objects.order_by("pk")]
    return versions, AuditEvent.objects.count()


@pytest.fixture
def pen(admin):
    return Protocol.objects.get(slug="pen")


@pytest.fixture
def draft(admin, pen):
    return start_draft(by=admin, protocol=pen)


@pytest.fixture
def colleague(clinic):
    return factories.a_member(clinic, Role.ADMIN, "Jo Blake")


def with_high(version, high, symptom="swelling"):
    """The norms with another upper edge on the last days of a symptom."""
    norms = read_norms(version)
    last = norms.bands_of(symptom)[-1]
    bands = tuple(replace(b, high=high, urgent_above=None) if b == last else b for b in norms.bands)
    return replace(norms, bands=bands)


class TestDownloading:
    def test_the_whole_version_as_json(self, as_clinician):
        response = as_clinician.get(export(1, "json"))
        assert response.content.decode() == to_json("pen", read_norms(version()))
        assert response["Content-Type"] == "application/json"
        assert response["Content-Disposition"] == 'attachment; filename="pen-v1.json"'
        assert response["X-Content-Type-Options"] == "nosniff"

    @pytest.mark.parametrize("part", PARTS)
    def test_each_part_as_csv_with_the_mark_that_spreadsheets_need(self, as_admin, part):
        response = as_admin.get(export(1, f"{part}.csv"))
        assert response.content == MARK + to_csv(part, "pen", read_norms(version())).encode()
        assert response["Content-Type"] == "text/csv; charset=utf-8"
        assert response["Content-Disposition"] == f'attachment; filename="pen-v1-{part}.csv"'

    @pytest.mark.parametrize("name", ["json", "bands.csv"])
    def test_an_older_version_stays_as_it_was(self, as_admin, admin, draft, name):
        before = as_admin.get(export(1, name)).content
        save_draft(by=admin, draft=draft, norms=with_high(draft, 3), seen=0)
        publish_draft(by=admin, draft=draft, reason="A reason.", seen=1)
        assert as_admin.get(export(1, name)).content == before != as_admin.get(export(2, name)).content

    def test_the_head_of_it(self, as_admin):
        response = as_admin.head(export(1, "json"))
        assert (response.status_code, response.content) == (200, b"")
        assert response["Content-Disposition"] == 'attachment; filename="pen-v1.json"'

    def test_the_clinics_own_copy_comes_before_the_shared_one(self, as_admin, admin, pen):
        copy_protocol(by=admin, protocol=pen)
        own = start_draft(by=admin, protocol=Protocol.objects.get(slug="pen", clinic=admin.clinic))
        save_draft(by=admin, draft=own, norms=with_high(own, 3), seen=0)
        publish_draft(by=admin, draft=own, reason="Ours.", seen=1)
        assert as_admin.get(export(2, "json")).content.decode() == to_json("pen", read_norms(own))

    @pytest.mark.parametrize(
        "number, name, protocol",
        [(2, "json", "pen"), (0, "json", "pen"), (10**30, "json", "pen"), (1, "bands", "pen"), (1, "bands.json", "pen"), (1, "csv", "pen")]
        + [(1, "JSON", "pen"), (1, "signs.csv", "pen"), (1, "json", "laser")],
    )
    def test_what_is_not_there(self, as_admin, number, name, protocol):
        assert as_admin.get(export(number, name, protocol)).status_code == 404

    def test_a_draft_is_no_version_yet(self, as_admin, draft):
        assert as_admin.get(export(draft.number, "json")).status_code == 404

    def test_it_is_read_only_and_for_staff(self, as_admin, as_patient):
        response = as_admin.post(export(1, "json"))
        assert (response.status_code, response["Allow"]) == (405, "GET, HEAD")
        assert as_patient.get(export(1, "json")).status_code == 403


class TestTheForm:
    def test_it_says_what_the_files_are_and_links_to_those_in_force(self, as_admin):
        response = as_admin.get(UPLOAD)
        assert "A part that no CSV file holds stays as it is in version 1." in text(response)
        wanted = [export(1, name) for name in ("json", *(f"{part}.csv" for part in PARTS))]
        assert [link for link in page(response).links if "/export/" in link] == wanted
        assert (page(response).types["files"], filled_in(response)["text"]) == ("file", ["\n"])
        assert all(as_admin.get(link).status_code == 200 for link in wanted)

    def test_it_says_when_the_base_is_the_draft(self, as_admin, draft):
        seen = text(as_admin.get(UPLOAD))
        assert "A part that no CSV file holds stays as it is in the draft." in seen
        assert "A draft of version 2 is in work, started 18 March, 12:00 by Noor Haddad." in seen

    def test_who_may(self, as_admin, as_clinician, as_patient, client):
        for browser, expected in ((as_clinician, 403), (as_patient, 403), (client, 302), (as_admin, 200)):
            assert browser.get(UPLOAD).status_code == expected
        before = stored()
        for browser in (as_clinician, as_patient, client):
            upload(browser, ("pen.json", document(high=3)), do="draft", seen="1")
        assert stored() == before

    def test_other_methods_and_protocols(self, as_admin):
        response = as_admin.put(UPLOAD)
        assert (response.status_code, response["Allow"]) == (405, "GET, HEAD, POST")
        assert as_admin.get(reverse("norms-import", args=["laser"])).status_code == 404
        assert as_admin.head(UPLOAD).status_code == 200

    def test_norms_that_other_clinics_share(self, as_admin, other_clinic):
        assert (as_admin.get(UPLOAD).status_code, upload(as_admin, ("pen.json", document(high=3))).status_code) == (403, 403)

    @pytest.mark.parametrize("has_draft, form, differences", [(False, 14, 16), (True, 22, 24)])
    def test_its_queries(self, as_admin, pen, admin, django_assert_num_queries, has_draft, form, differences):
        if has_draft:
            start_draft(by=admin, protocol=pen)
        with django_assert_num_queries(form):
            as_admin.get(UPLOAD)
        for parts in (PARTS[:1], PARTS[:3]):
            files = [(f"{part}.csv", table(part)) for part in parts]
            with django_assert_num_queries(differences):
                upload(as_admin, *files)


class TestReading:
    def test_the_difference_is_shown_and_nothing_stored(self, as_admin):
        before = stored()
        response = upload(as_admin, ("pen.json", document(high=3)))
        seen = text(response)
        assert "Make it a draft? What differs from version 1 is listed below." in seen
        assert "Bands: 1 change" in seen
        assert "Redness, day 0 high 4 3" in seen
        assert "No problems" in seen
        assert "Read from pen.json." in seen
        assert is_offered(response)
        assert stored() == before

    def test_several_parts_at_once(self, as_admin):
        files = [
            ("bands.csv", table(*CHANGE)),
            ("rules.csv", table("settings", "size,2", "size,3")),
        ]
        seen = text(upload(as_admin, *files))
        assert "Bands: 1 change" in seen
        assert "Rules: 1 change" in seen
        assert "Read from bands.csv, rules.csv. A part that no file held is as in version 1." in seen

    @pytest.mark.parametrize("end", ["\n", "\r\n"])
    @pytest.mark.parametrize("content", [lambda: document(high=3), lambda: table(*CHANGE)])
    def test_pasted_text_is_as_good(self, as_admin, content, end):
        response = upload(as_admin, text=content().replace("\n", end))
        assert "Redness, day 0 high 4 3" in text(response)
        assert is_offered(response)

    def test_pasted_texts_keep_their_line_ends(self, as_admin, pen):
        content = (
            table("settings")
            and 'protocol,name,first_day,last_day,check_in_every_days,what_to_expect\r\npen,Healing,0,400,1,"One\r\ntwo."\r\n'
        )
        send_back(as_admin, upload(as_admin, text=content))
        assert read_norms(draft_of(pen)).course.phases[0].what_to_expect == "One\ntwo."

    @pytest.mark.parametrize("content", [lambda: document(), lambda: to_json("pen", read_norms(version()))])
    def test_without_a_difference_no_draft_is_offered_or_made(self, as_admin, content):
        before = stored()
        response = upload(as_admin, ("pen.json", content()))
        assert "Nothing differs from version 1: no draft is made." in text(response)
        assert not is_offered(response)
        assert "Nothing differs from version 1: no draft is made." in text(send_back(as_admin, response))
        assert stored() == before

    def test_a_table_that_is_not_whole_is_shown_with_its_problems(self, as_admin, pen, admin):
        overlapping = table("bands", "redness,1,1,0,2,3", "redness,1,2,0,2,3")
        response = upload(as_admin, ("bands.csv", overlapping))
        seen = text(response)
        assert "1 problem It can be stored as a draft, but cannot be published until this is solved." in seen
        assert "Redness, day 2: overlap: two bands from day 2." in seen
        send_back(as_admin, response)
        made = draft_of(pen)
        assert [(b.first_day, b.last_day) for b in read_norms(made).bands_of("redness")][1:3] == [(1, 2), (2, 2)]
        as_admin.post(reverse("norms-publish", args=["pen"]), {"reason": "A reason.", "seen": made.edits})
        assert draft_of(pen) == made

    @pytest.mark.parametrize(
        "part, old, new, says",
        [
            ("bands", "redness,1,1,", "redness,2,2,", "each symptom and first_day once"),
            ("warning_signs", "fever,", "fevers,", "was removed; logs may hold it, so reword it instead."),
            ("milestones", "recovery-faq", "nowhere", "there is no source “nowhere”."),
            ("phases", ",0,7,", ",0,6,", "Day 7: gap: no phase for day 7."),
        ],
    )
    def test_what_only_the_proof_can_tell(self, as_admin, part, old, new, says):
        assert says in text(upload(as_admin, (f"{part}.csv", table(part, old, new))))

    def test_markup_in_texts_and_names_stays_text(self, as_admin):
        response = upload(as_admin, ("<b>x</b>.json", document(rationale="<script>alert(1)</script>")))
        assert "<script>alert(1)</script>" in text(response)
        assert b"<script>alert" not in response.content
        assert "b>.json" in text(response)
        assert b"<b>x" not in response.content


def lines_of(response):
    """The faults on the page, in one line."""
    found = text(response)
    return found[found.index("Nothing is stored.") : found.index("Choose the files again")]


TABLE_FAULTS = [
    ("redness,1,1,0,2,3", "redness,1,1,0,2,5", "bands, line 3, column high: expected 0 to 4, found 5"),
    ("redness,1,1,0,2,3", "redness,1,1,-1,2,3", "bands, line 3, column low: expected 0 to 4, found -1"),
    ("redness,1,1,0,2,3", "redness,1,1,−1,2,3", "bands, line 3, column low: expected a whole number, 0 to 4, found “−1”"),
    ("redness,1,1,0,2,3", "redness,1,1,3,2,3", "bands, line 3, column typical: expected 3 or more, as low is 3; found 2"),
    ("redness,1,1,0,2,3", "redness,1,1,4,4,3", "bands, line 3, column high: expected 4 or more, as typical is 4; found 3"),
    ("redness,1,1,0,2,3", "redness,1,1,,2,3", "bands, line 3, column low: expected a whole number, 0 to 4, found nothing"),
    ("redness,1,1,0,2,3", "redness,1,1,0,two,3", "bands, line 3, column typical: expected a whole number, 0 to 4, found “two”"),
    ("redness,1,1,0,2,3", "redness,1,1,NaN,2,3", "bands, line 3, column low: expected a whole number, 0 to 4, found “NaN”"),
    ("redness,1,1,0,2,3", "redness,1,1,1_0,2,3", "bands, line 3, column low: expected a whole number, 0 to 4, found “1_0”"),
    ("redness,1,1,0,2,3", "redness,1,1,３,2,3", "bands, line 3, column low: expected a whole number, 0 to 4, found “３”"),
    ("redness,1,1,0,2,3", "redness,1,3651,0,2,3", "bands, line 3, column last_day: expected 0 to 3650, found 3651"),
    ("redness,1,1,0,2,3", "redness,0,1,0,2,3", "bands, line 3, column first_day: expected each symptom and first_day once"),
    ("redness,1,1,0,2,3", "redness,2,1,0,2,3", "bands, line 3, column last_day: expected 2 or more, as first_day is 2; found 1"),
    ("redness,1,1,0,2,3", "rednes,1,1,0,2,3", "bands, line 3, column symptom: expected one of redness, swelling"),
    ("redness,1,1,0,2,3", "redness,1,1,0,2", "bands, line 3: fewer cells than the header has columns"),
    ("pen,redness,1", "pen-deep,redness,1", "bands, line 3, column protocol: expected “pen”, found “pen-deep”"),
    ("first_day", "day", "line 1: the header is “protocol,symptom,day,"),
    ("symptom,first_day", "first_day,symptom", "line 1: the header is “protocol,first_day,symptom,"),
]

FILES = {
    "UTF-16": (
        lambda: [("bands.csv", table().encode("utf-16"))],
        "bands.csv cannot be used the file is saved as UTF-16 (“Unicode text”); save it as CSV UTF-8",
    ),
    "UTF-16 JSON": (
        lambda: [("pen.json", document().encode("utf-16"))],
        "pen.json cannot be used the file is saved as UTF-16 (“Unicode text”); save it as UTF-8",
    ),
    "Latin-1": (
        lambda: [("bands.csv", (table() + "é").encode("latin-1", "replace"))],
        "bands.csv cannot be used line 57: the file is not saved as UTF-8; save it as CSV UTF-8",
    ),
    "semicolons": (
        lambda: [("bands.csv", table().replace(",", ";"))],
        "bands.csv cannot be used line 1: columns are separated by semicolons; save it with commas",
    ),
    "semicolons and a mark": (
        lambda: [("bands.csv", MARK + table().replace(",", ";").replace("\n", "\r\n").encode())],
        "bands.csv cannot be used line 1: columns are separated by semicolons; save it with commas",
    ),
    "another protocol": (
        lambda: [("pen-deep.json", to_json("pen-deep", read_norms(version("pen-deep"))))],
        "pen-deep.json cannot be used protocol: expected “pen”, found “pen-deep”",
    ),
    "not JSON": (lambda: [("pen.json", "{\n bands")], "pen.json cannot be used line 2, column 2: not JSON ("),
    "CSV called JSON": (lambda: [("bands.json", table())], "bands.json cannot be used line 1, column 1: not JSON (Expecting value)"),
    "JSON called CSV": (lambda: [("pen.csv", document())], "pen.csv cannot be used line 1: the header is “{"),
    "JSON of another kind": (lambda: [("pen.json", "[1]")], "expected a document with the key format, found a list"),
    "NaN": (lambda: [("pen.json", document(low=float("nan")))], "bands, row 1, low: expected a whole number, 0 to 4, found NaN"),
    "a day past the last": (lambda: [("pen.json", document(last_day=3651))], "bands, row 1, last_day: expected 0 to 3650, found 3651"),
    "5": (lambda: [("pen.json", document(high=5))], "bands, row 1, high: expected 0 to 4, found 5"),
    "blank": (lambda: [("pen.json", document(high=""))], "bands, row 1, high: expected a whole number, 0 to 4, found nothing"),
    "low over high": (lambda: [("pen.json", document(low=4))], "bands, row 1, typical: expected 4 or more, as low is 4; found 3"),
    "a surrogate": (lambda: [("pen.json", document(rationale="\ud800"))], "bands, row 1, rationale: expected text without characters that"),
    "brackets": (lambda: [("pen.json", "[" * 100_000)], "pen.json cannot be used not JSON that can be read"),
    "an empty table": (lambda: [("bands.csv", MARK + b"\r\n")], "bands.csv cannot be used the file is empty"),
    "an empty document": (lambda: [("pen.json", b"")], "pen.json cannot be used the file is empty"),
    "a picture": (
        lambda: [("bands.csv", PNG)],
        "bands.csv cannot be used the file is not text",
    ),
    "an archive": (lambda: [("bands.csv", b"PK\x03\x04 xl/worksheets")], "bands.csv cannot be used the file is not text"),
    "a spreadsheet": (lambda: [("norms.xlsx", b"PK\x03\x04")], "norms.xlsx cannot be used expected a name that ends in .json or .csv"),
    "no ending": (lambda: [("norms", document())], "norms cannot be used expected a name that ends in .json or .csv"),
    "a part twice": (
        lambda: [("bands.csv", table()), ("more.csv", table())],
        "more.csv cannot be used bands stand in bands.csv already",
    ),
    "JSON and more": (
        lambda: [("pen.json", document()), ("bands.csv", table())],
        "pen.json cannot be used a JSON file holds all parts; use it without another file",
    ),
    "too large": (lambda: [("pen.json", b" " * 1_000_001)], "This is larger than 1 MB altogether."),
    "too large together": (lambda: [("a.csv", b" " * 600_000), ("b.csv", b" " * 600_000)], "This is larger than 1 MB altogether."),
    "no file": (lambda: [], "Choose a file, or paste the text of one."),
    "a name with markup": (lambda: [("<i>.csv", "x")], "<i>.csv cannot be used line 1: the header is “x”"),
    "a long name": (lambda: [("n" * 300 + ".csv", "x")], f"{'n' * 56}….csv cannot be used line 1: the header is “x”"),
    "a path": (lambda: [("../../etc/passwd", "x")], "passwd cannot be used expected a name that ends in"),
}


class TestBadInput:
    @pytest.mark.parametrize("old, new, says", TABLE_FAULTS)
    def test_a_broken_cell_is_named_with_its_file(self, as_admin, old, new, says):
        before = stored()
        response = upload(as_admin, ("our bands.csv", table("bands", old, new)))
        assert response.status_code == 200
        assert f"our bands.csv cannot be used {says}" in lines_of(response)
        assert not is_offered(response)
        assert stored() == before

    @pytest.mark.parametrize("name", FILES)
    def test_a_file_that_cannot_be_used(self, as_admin, name):
        files, says = FILES[name]
        before = stored()
        response = upload(as_admin, *files())
        assert response.status_code == 200
        assert says in lines_of(response)
        assert not is_offered(response)
        assert stored() == before

    @pytest.mark.parametrize("name", FILES)
    def test_it_makes_no_draft_when_it_is_sent_as_one(self, as_admin, name):
        files, says = FILES[name]
        before = stored()
        response = upload(as_admin, *files(), do="draft", seen="1")
        assert says in lines_of(response)
        assert stored() == before

    @pytest.mark.parametrize("old, new, says", TABLE_FAULTS)
    def test_what_was_pasted_is_kept(self, as_admin, old, new, says):
        pasted = table("bands", old, new)
        response = upload(as_admin, text=pasted)
        assert f"Pasted text.csv cannot be used {says}" in lines_of(response)
        assert filled_in(response)["text"] == [f"\n{pasted}"]  # browsers drop the first line end

    @pytest.mark.parametrize(
        "pasted, says",
        [
            ("hello", "Pasted text.csv cannot be used line 1: the header is “hello”"),
            ("{", "Pasted text.json cannot be used line 1, column 2: not JSON"),
            (" \n", "Choose a file, or paste the text of one."),
            ("a\tb", "Pasted text.csv cannot be used line 1: columns are separated by tabs; save it with commas"),
            ("a\0b", "Pasted text.csv cannot be used the file is not text"),
            ("</textarea><script>", "the header is “</textarea><script>”"),
            ("x" * 1_000_001, "This is larger than 1 MB altogether."),
        ],
    )
    def test_pasted_text_of_another_kind(self, as_admin, pasted, says):
        response = upload(as_admin, text=pasted)
        assert says in lines_of(response)
        assert filled_in(response)["text"] == [f"\n{pasted}"]

    def test_a_pasted_text_counts_as_a_file(self, as_admin):
        response = upload(as_admin, ("bands.csv", table()), text=table())
        assert "Pasted text.csv cannot be used bands stand in bands.csv already" in lines_of(response)
        assert "larger than 1 MB" in text(upload(as_admin, ("bands.csv", " " * 600_000), text=" x" * 300_000))

    def test_every_bad_file_is_named_at_once(self, as_admin):
        files = [("one.csv", "x"), ("bands.csv", table()), ("two.csv", table("settings", "size,2", "size,many"))]
        seen = lines_of(upload(as_admin, *files))
        assert "one.csv cannot be used line 1:" in seen
        assert "two.csv cannot be used settings, line 6, column value: expected a whole number, 0 to 100, found “many”" in seen
        assert "bands.csv cannot" not in seen

    def test_more_faults_than_can_be_read_are_refused_with_the_first(self, as_admin):
        rows = [f"pen,redness,{day},3650,0,0,1,,why" for day in range(3000)]
        response = upload(as_admin, ("bands.csv", "\n".join([table().split("\n")[0], *rows])))
        assert "gaps, overlaps and the like; mend them first." in lines_of(response)
        assert "redness, day 1: overlap: two bands from day 1" in lines_of(response)

    def test_small_rows_that_make_a_document_too_large(self, as_admin):
        rows = [f"pen,{symptom},{day},{day},0,0,1,,w" for symptom in read_norms(version()).symptoms for day in range(2000)]
        response = upload(as_admin, ("bands.csv", "\n".join([table().split("\n")[0], *rows])))
        assert "As one document these norms are larger than 1 MB." in lines_of(response)

    @pytest.mark.parametrize("method", ["get", "post"])
    def test_a_protocol_that_was_never_published(self, as_admin, admin, pen, method):
        made = create_protocol(by=admin, name="Laser", slug="laser", description="", like=pen)
        discard_draft(by=admin, draft=made, seen=0)
        before, url = stored(), reverse("norms-import", args=["laser"])
        response = as_admin.get(url) if method == "get" else upload(as_admin, ("pen.json", document()), url=url, do="draft", seen="0")
        assert "No version of these norms is published yet, so there is nothing to compare a file with." in text(response)
        assert reverse("norms-of", args=["laser"]) in page(response).links
        assert stored() == before


class TestMakingADraft:
    def test_it_holds_what_was_uploaded(self, as_admin, admin, pen):
        response = send_back(as_admin, upload(as_admin, ("pen.json", document(high=3))))
        assert (response.status_code, response["Location"]) == (302, DRAFT)
        made = draft_of(pen)
        assert json.loads(to_json("pen", read_norms(made))) == json.loads(document(high=3))
        assert (made.number, made.started_by, made.edits) == (2, admin, 0)
        assert "The draft holds what you uploaded." in text(as_admin.get(DRAFT))

    def test_the_audit_says_from_which_files(self, as_admin):
        files = [("bands.csv", table(*CHANGE)), ("rules.csv", table("settings"))]
        send_back(as_admin, upload(as_admin, *files))
        assert AuditEvent.objects.get(action="norm draft started").why == "Imported from bands.csv, rules.csv."

    @pytest.mark.parametrize("names, why", [("", "Pasted text.json"), ("a\0\nb" + "c" * 900, "ab" + "c" * 298)])
    def test_names_that_come_back_otherwise(self, as_admin, names, why):
        send_back(as_admin, upload(as_admin, ("pen.json", document(high=3))), names=names)
        assert AuditEvent.objects.get(action="norm draft started").why == f"Imported from {why}."

    def test_sent_twice_it_makes_one(self, as_admin, pen):
        response = upload(as_admin, ("pen.json", document(high=3)))
        send_back(as_admin, response)
        before = stored()
        again = send_back(as_admin, response)
        assert (again.status_code, again["Location"]) == (302, DRAFT)
        assert stored() == before

    def test_what_comes_back_is_read_again(self, as_admin, pen):
        response = upload(as_admin, ("pen.json", document(high=3)))
        before = stored()
        forged = send_back(as_admin, response, text=document(high=5))
        assert "Pasted text.json cannot be used bands, row 1, high: expected 0 to 4, found 5" in lines_of(forged)
        assert filled_in(forged)["text"] == [f"\n{document(high=5)}"]
        assert stored() == before

    @pytest.mark.parametrize("seen", ["", "2", "0", "x", "1/2"])
    def test_a_page_that_is_out_of_date_stores_nothing(self, as_admin, seen):
        response = upload(as_admin, ("pen.json", document(high=3)))
        before = stored()
        late = send_back(as_admin, response, seen=seen)
        assert "Nothing is stored. Somebody published these norms, or changed their draft, since you looked." in text(late)
        assert stored() == before
        assert send_back(as_admin, late)["Location"] == DRAFT

    def test_a_version_published_since(self, as_admin, colleague, pen):
        response = upload(as_admin, ("pen.json", document(high=3)))
        theirs = start_draft(by=colleague, protocol=pen)
        save_draft(by=colleague, draft=theirs, norms=with_high(theirs, 3), seen=0)
        publish_draft(by=colleague, draft=theirs, reason="Theirs.", seen=1)
        late = send_back(as_admin, response)
        assert draft_of(pen) is None
        assert "How it differs from version 2" in text(late)
        assert "Swelling" in text(late)

    def test_a_draft_started_in_the_same_moment(self, as_admin, colleague, pen, monkeypatch):
        response = upload(as_admin, ("pen.json", document(high=3)))
        token = Target(pen).token
        theirs = start_draft(by=colleague, protocol=pen)
        found = iter([None, theirs])  # not yet there when the page looks
        monkeypatch.setattr("patients.exports.uploads.draft_of", lambda protocol: next(found))
        late = send_back(as_admin, response, seen=token)
        assert "Jo Blake started a draft of version 2 on 18 March at 12:00." in text(late)
        assert "Save it over the draft?" in text(late)
        assert NormVersion.objects.drafts().get() == theirs

    def test_a_retired_protocol(self, as_admin, admin, pen):
        retire_protocol(by=admin, protocol=pen, why="No device any more.")
        assert "These norms are retired and cannot be changed." in text(as_admin.get(UPLOAD))
        late = send_back(as_admin, upload(as_admin, ("pen.json", document(high=3))))
        assert "Nothing is stored. Pen 0.5–1.5 mm is retired. Bring it back before you change its norms." in text(late)
        assert draft_of(pen) is None

    def test_a_clinics_own_copy(self, as_admin, admin, pen):
        content = document(high=3)
        copy_protocol(by=admin, protocol=pen)
        send_back(as_admin, upload(as_admin, ("pen.json", content)))
        assert NormVersion.objects.drafts().get().protocol.clinic == admin.clinic


class TestOverADraft:
    def test_both_differences_are_shown(self, as_admin, admin, draft):
        save_draft(by=admin, draft=draft, norms=with_high(draft, 3), seen=0)
        response = upload(as_admin, ("pen.json", document(high=3)))
        seen = text(response)
        assert "Save it over the draft? There is a draft of version 2 already." in seen
        assert "Redness, day 0: high 4 → 3" in seen  # in the draft
        assert "Redness, day 0 high 4 3" in seen  # to version 1
        assert "Swelling, days" in seen
        assert "Bands: 1 change" in seen

    def test_it_is_saved_as_an_edit(self, as_admin, pen, draft):
        response = send_back(as_admin, upload(as_admin, ("pen.json", document(high=3))))
        assert response["Location"] == DRAFT
        saved = draft_of(pen)
        assert (saved.pk, saved.edits) == (draft.pk, 1)
        assert json.loads(to_json("pen", read_norms(saved))) == json.loads(document(high=3))
        assert AuditEvent.objects.filter(action="norm draft edited").count() == 1

    def test_other_parts_are_those_of_the_draft(self, as_admin, admin, pen, draft):
        save_draft(by=admin, draft=draft, norms=with_high(draft, 3), seen=0)
        response = upload(as_admin, ("rules.csv", table("settings", "size,2", "size,3")))
        assert "A part that no file held is as in the draft." in text(response)
        send_back(as_admin, response)
        saved = read_norms(draft_of(pen))
        assert (saved.settings.cluster_size, saved.bands_of("swelling")[-1].high) == (3, 3)

    def test_what_the_draft_holds_already(self, as_admin, draft):
        before = stored()
        response = upload(as_admin, ("pen.json", document()))
        assert "The draft holds just this already." in text(response)
        assert not is_offered(response)
        assert send_back(as_admin, response)["Location"] == DRAFT
        assert stored() == before

    def test_back_to_the_version_in_force(self, as_admin, admin, pen, draft):
        save_draft(by=admin, draft=draft, norms=with_high(draft, 3), seen=0)
        response = upload(as_admin, ("pen.json", document()))
        assert "Nothing would differ from version 1." in text(response)
        send_back(as_admin, response)
        assert read_norms(draft_of(pen)).bands == read_norms(version()).bands

    def test_bands_cut_at_another_day_are_an_edit(self, as_admin, admin, pen, draft):
        content = json.loads(document())
        last = content["bands"][-1]
        content["bands"] += [last | {"first_day": last["last_day"]}]
        last["last_day"] -= 1
        response = upload(as_admin, ("pen.json", json.dumps(content)))
        assert "Only where its bands begin and end would change." in text(response)
        send_back(as_admin, response)
        assert len(read_norms(draft_of(pen)).bands) == len(content["bands"])

    def test_an_edit_since_is_not_overwritten_unseen(self, as_admin, colleague, pen, draft):
        response = upload(as_admin, ("pen.json", document(high=3)))
        save_draft(by=colleague, draft=draft, norms=with_high(draft, 3), seen=0)
        late = send_back(as_admin, response)
        assert "Nothing is stored." in text(late)
        assert read_norms(draft_of(pen)).bands_of("swelling")[-1].high == 3
        assert "Swelling, days" in text(late)
        assert "last saved 18 March, 12:00 by Jo Blake" in text(late)
        assert send_back(as_admin, late)["Location"] == DRAFT
        assert json.loads(to_json("pen", read_norms(draft_of(pen)))) == json.loads(document(high=3))

    def test_a_draft_discarded_since(self, as_admin, colleague, pen, draft):
        response = upload(as_admin, ("pen.json", document(high=3)))
        discard_draft(by=colleague, draft=draft, seen=0)
        late = send_back(as_admin, response)
        assert draft_of(pen) is None
        assert "Make it a draft?" in text(late)
        assert send_back(as_admin, late)["Location"] == DRAFT

    def test_the_first_draft_of_a_new_protocol(self, as_admin, admin, pen):
        made = create_protocol(by=admin, name="Laser", slug="laser", description="", like=pen)
        url = reverse("norms-import", args=["laser"])
        response = upload(as_admin, ("laser.json", document(high=3).replace('"protocol": "pen"', '"protocol": "laser"')), url=url)
        assert "No version is in force yet." in text(response)
        assert "Redness, day 0: high 4 → 3" in text(response)
        send_back(as_admin, response, url=url)
        assert read_norms(draft_of(made.protocol)).bands[0].high == 3


def publish_emptied(protocol):
    """A version in force of which only one band is left, so that everything else differs."""
    made = factories.a_draft(protocol)
    for rows in (made.phases, made.milestones, made.guidance, made.adjustments):
        rows.all().delete()
    made.bands.exclude(pk=made.bands.first().pk).delete()
    made.settings = made.settings | {"cluster_size": 5, "worsening_symptoms": []}
    made.save()
    return factories.publish(made)


def publish_by_page(browser, protocol):
    url = reverse("norms-publish", args=[protocol])
    return browser.post(url, filled_in(browser.get(url)) | {"reason": "Back again."})


class TestThereAndBack:
    @pytest.mark.parametrize("protocol", PROTOCOLS)
    def test_json(self, as_admin, protocol):
        original = as_admin.get(export(1, "json", protocol)).content
        publish_emptied(protocol)
        url = reverse("norms-import", args=[protocol])
        send_back(as_admin, upload(as_admin, ("norms.json", original), url=url), url=url)
        publish_by_page(as_admin, protocol)
        assert as_admin.get(export(3, "json", protocol)).content == original

    @pytest.mark.parametrize("protocol", PROTOCOLS)
    def test_all_parts_as_csv(self, as_admin, protocol):
        files = [(f"{part}.csv", as_admin.get(export(1, f"{part}.csv", protocol)).content) for part in PARTS]
        publish_emptied(protocol)
        url = reverse("norms-import", args=[protocol])
        send_back(as_admin, upload(as_admin, *files, url=url), url=url)
        publish_by_page(as_admin, protocol)
        assert [(name, as_admin.get(export(3, name, protocol)).content) for name, _ in files] == files
