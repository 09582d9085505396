"""Sources and what they claim: listed, added, changed; refused in words."""

import pytest
from django.urls import reverse

from patients.models import AuditEvent, Claim, Source
from tests.factories import a_clinic
from tests.pages import filled_in, page, text

LIST = reverse("sources")
NEW = reverse("source-new")
CHU = reverse("source", args=["chu-2021"])
NEW_CLAIM = reverse("claim-new", args=["chu-2021"])
MISSING = "This is blank. Fill it in."
SOURCE = {
    "key": "lee-2024",
    "title": "Redness after needling",
    "publisher": "Lee",
    "year": "2024",
    "url": "https://example.org/lee",
    "grade": "A",
}
CLAIM = {"symptom": "redness", "first_day": "0", "last_day": "3", "kind": "course", "text": "Redness is gone by day 3."}


@pytest.fixture
def chu(db):
    return Source.objects.get(key="chu-2021")


@pytest.fixture
def claim(chu):
    return chu.claims.order_by("pk").first()


@pytest.fixture
def as_root(signed_in, superuser):
    return signed_in(superuser)


def kept(response):
    """What the fields hold; nothing for a choice without a chosen one."""
    return {name: values[-1].removeprefix("\n") for name, values in filled_in(response).items()}


def stored():
    return [list(table.objects.order_by("pk").values()) for table in (Source, Claim, AuditEvent)]


class TestReading:
    def test_each_source_has_its_grade_and_how_much_it_says(self, as_clinician, chu):
        seen = text(as_clinician.get(LIST))
        assert f"A {chu.title} {chu.publisher} {chu.year} {chu.claims.count()}" in seen

    def test_its_claims_stand_on_its_page(self, as_clinician, chu, claim):
        seen = text(as_clinician.get(CHU))
        assert f"{claim.symptom.name} {claim.first_day} to {claim.last_day} {claim.kind} {claim.text}" in seen
        assert seen.count(" to ") >= chu.claims.count()

    def test_who_may_not_change_them_sees_no_form(self, as_clinician, as_root):
        for url in (LIST, CHU):
            assert "<form" not in as_clinician.get(url).content.decode().split('id="main"')[1]
            assert {NEW, NEW_CLAIM} & set(page(as_clinician.get(url)).links) == set()
        assert NEW in page(as_root.get(LIST)).links
        assert NEW_CLAIM in page(as_root.get(CHU)).links

    def test_the_list_costs_the_same_for_more_claims(self, as_admin, chu, claim, django_assert_max_num_queries):
        found = []
        for number in range(3):
            Claim.objects.create(source=chu, symptom=claim.symptom, first_day=0, last_day=1, kind="look", text=f"Said {number}.")
            Source.objects.create(key=f"new-{number}", title="T", publisher="P", grade="C")
            costs = []
            for url in (LIST, CHU):
                with django_assert_max_num_queries(12) as captured:
                    assert "<table" in as_admin.get(url).content.decode()
                costs.append(len(captured))
            found.append(costs)
        assert found == [found[0]] * 3

    @pytest.mark.parametrize(
        "url",
        [
            "/norms/sources/none/",
            "/norms/claims/0/",
            "/norms/claims/999999/",
            f"/norms/claims/{10**30}/",
            "/norms/sources/none/claims/new/",
        ],
    )
    def test_what_is_not_there_is_not_found(self, as_admin, url):
        assert (as_admin.get(url).status_code, as_admin.post(url).status_code) == (404, 404)

    @pytest.mark.parametrize("url", [NEW, CHU, NEW_CLAIM])
    def test_another_verb_is_refused(self, as_admin, url):
        assert (as_admin.generic("PUT", url).status_code, as_admin.generic("DELETE", url).status_code) == (405, 405)


class TestSaving:
    def test_a_new_source(self, as_admin):
        response = as_admin.post(NEW, SOURCE, follow=True)
        assert response.redirect_chain == [(reverse("source", args=["lee-2024"]), 302)]
        assert Source.objects.values().get(key="lee-2024") == SOURCE
        assert "No claim of this source is stated yet." in text(response)
        event = AuditEvent.objects.get(action="source added")
        assert (event.actor_label, event.after) == ("Noor Haddad (admin)", SOURCE)

    def test_year_and_address_may_be_left_out(self, as_admin):
        as_admin.post(NEW, SOURCE | {"year": "", "url": ""})
        assert Source.objects.values_list("year", "url").get(key="lee-2024") == ("", "")

    def test_a_changed_source_keeps_its_key(self, as_admin, chu):
        as_admin.post(CHU, kept(as_admin.get(CHU)) | {"title": "Another title", "key": "other"})
        assert Source.objects.get(key="chu-2021").title == "Another title"
        assert not Source.objects.filter(key="other").exists()
        event = AuditEvent.objects.get(action="source changed")
        assert (event.before["title"], event.after["title"]) == (chu.title, "Another title")

    def test_a_new_claim(self, as_admin, chu):
        response = as_admin.post(NEW_CLAIM, CLAIM, follow=True)
        assert response.redirect_chain == [(CHU, 302)]
        assert "Redness 0 to 3 course Redness is gone by day 3." in text(response)
        claim = Claim.objects.latest("pk")
        assert (claim.source, claim.symptom_id, claim.first_day, claim.last_day) == (chu, "redness", 0, 3)
        assert AuditEvent.objects.get(action="claim added").after["text"] == CLAIM["text"]

    @pytest.mark.parametrize("first, last", [("-366", "-1"), ("0", "0"), ("3650", "3650"), ("+1", " 2 ")])
    def test_the_days_it_may_have(self, as_admin, first, last):
        as_admin.post(NEW_CLAIM, CLAIM | {"first_day": first, "last_day": last})
        assert Claim.objects.values_list("first_day", "last_day").latest("pk") == (int(first), int(last))

    def test_a_changed_claim(self, as_admin, claim):
        url = reverse("claim", args=[claim.pk])
        as_admin.post(url, kept(as_admin.get(url)) | {"last_day": "9"})
        assert Claim.objects.values_list("last_day", "text").get(pk=claim.pk) == (9, claim.text)
        assert AuditEvent.objects.get(action="claim changed").before["last_day"] == claim.last_day

    def test_the_same_again_writes_nothing(self, as_admin, claim):
        before = stored()
        for url in (CHU, reverse("claim", args=[claim.pk])):
            assert as_admin.post(url, kept(as_admin.get(url))).url == CHU
        assert stored() == before


class TestBadInput:
    @pytest.mark.parametrize(
        "field, value, says",
        [
            *[(name, "", MISSING) for name in ("key", "title", "publisher")],
            ("title", "  ", MISSING),
            ("title", "x" * 251, "This has 251 characters; 250 fit. Shorten it."),
            ("publisher", "x" * 121, "This has 121 characters; 120 fit. Shorten it."),
            ("publisher", "a\x00b", "Null characters are not allowed."),
            ("key", "Lee 2024", "“Lee 2024” does not fit. Write small letters a to z, digits and hyphens."),
            ("key", "lee_2024", "“lee_2024” does not fit."),
            ("key", "új", "“új” does not fit."),
            ("key", "x" * 41, "This has 41 characters; 40 fit. Shorten it."),
            ("key", "new", "“new” is the address of a page. Choose another key."),
            ("key", "chu-2021", "There is a source with the key “chu-2021” already. Choose another."),
            ("year", "20x4", "“20x4” is not a year. Write four digits, or nothing."),
            ("year", "２０２４", "“２０２４” is not a year."),
            ("year", "12024", "This has 5 characters; 4 fit. Shorten it."),
            ("url", "not an address", "This is not a web address."),
            ("url", "javascript:alert(1)", "This is not a web address."),
            ("url", "ftp://example.org/x", "This is not a web address. It begins with https:// or http://."),
            ("url", "https://example.org/" + "x" * 200, "at most 200 characters"),
            ("grade", "", "Choose a grade."),
            ("grade", "D", "D is not one of the available choices."),
        ],
    )
    def test_a_source_is_refused_in_words_and_kept(self, as_admin, field, value, says):
        before, sent = stored(), SOURCE | {field: value}
        response = as_admin.post(NEW, sent)
        assert response.status_code == 200
        assert says in text(response)
        again = kept(response)
        assert {name: again.get(name, "") for name in sent if name != "grade"} == {n: v for n, v in sent.items() if n != "grade"}
        assert stored() == before

    @pytest.mark.parametrize(
        "field, value, says",
        [
            *[(name, "", MISSING) for name in ("first_day", "last_day", "text")],
            ("symptom", "", "Choose a symptom."),
            ("symptom", "nose", "Select a valid choice."),
            ("kind", "", "Choose a kind."),
            ("kind", "quote", "quote is not one of the available choices."),
            ("first_day", "5", "Day 3 is before the first day, 5."),
            ("last_day", "-1", "Day -1 is before the first day, 0."),
            ("last_day", "3651", "3651 does not fit. Write -366 to 3650."),
            ("first_day", "-367", "-367 does not fit. Write -366 to 3650."),
            ("last_day", "NaN", "“NaN” is not a whole number. Write -366 to 3650."),
            ("last_day", "1.5", "“1.5” is not a whole number."),
            ("last_day", "1e2", "“1e2” is not a whole number."),
            ("last_day", "１", "“１” is not a whole number."),
            ("last_day", "9" * 60, f"“{'9' * 40}…” is not a whole number."),
            ("text", "x" * 251, "This has 251 characters; 250 fit. Shorten it."),
            ("text", "a\x00", "Null characters are not allowed."),
        ],
    )
    def test_a_claim_is_refused_in_words_and_kept(self, as_admin, claim, field, value, says):
        before, sent = stored(), CLAIM | {field: value}
        for url in (NEW_CLAIM, reverse("claim", args=[claim.pk])):
            response = as_admin.post(url, sent)
            assert response.status_code == 200
            assert says in text(response)
            again, typed = kept(response), {name: v for name, v in sent.items() if name not in ("symptom", "kind")}
            assert {name: again.get(name, "") for name in typed} == typed
        assert stored() == before

    @pytest.mark.parametrize(
        "url, says", [(NEW, [MISSING, "Choose a grade."]), (NEW_CLAIM, [MISSING, "Choose a symptom.", "Choose a kind."])]
    )
    def test_a_form_without_fields_names_each(self, as_admin, url, says):
        before = stored()
        seen = text(as_admin.post(url, {}))
        assert [line for line in says if line not in seen] == []
        assert stored() == before

    def test_a_refused_change_shows_what_is_stored_above_what_was_typed(self, as_admin, chu):
        response = as_admin.post(CHU, {"title": "", "publisher": "Other", "year": "", "url": "", "grade": "A"})
        assert chu.title in text(response)
        assert kept(response)["publisher"] == "Other"

    def test_what_is_typed_is_text_and_not_markup(self, as_admin):
        as_admin.post(NEW, SOURCE | {"title": "<script>x</script>"})
        for url in (LIST, reverse("source", args=["lee-2024"])):
            assert "<script>x" not in as_admin.get(url).content.decode()


class TestWhoMay:
    """Sources are shared by all clinics."""

    @pytest.mark.parametrize("url, sent", [(NEW, SOURCE), (CHU, SOURCE), (NEW_CLAIM, CLAIM)])
    def test_an_admin_only_while_there_is_one_clinic(self, as_admin, url, sent):
        a_clinic("Harbour Skin Clinic")
        before = stored()
        response = as_admin.post(url, sent)
        assert response.status_code == 403
        assert "Other clinics share the sources. Ask who runs this installation to change them." in text(response)
        assert stored() == before

    @pytest.mark.parametrize("url, sent, action", [(NEW, SOURCE, "source added"), (NEW_CLAIM, CLAIM, "claim added")])
    def test_the_installations_account_always(self, as_root, clinic, other_clinic, url, sent, action):
        assert as_root.get(url).status_code == 200
        as_root.post(url, sent)
        assert list(AuditEvent.objects.values_list("action", "clinic")) == [(action, None)]

    def test_clinicians_never(self, as_clinician, claim):
        before = stored()
        urls = (NEW, CHU, NEW_CLAIM, reverse("claim", args=[claim.pk]))
        answers = [as_clinician.post(url, sent).status_code for url in urls for sent in (SOURCE | CLAIM, {})]
        assert answers == [403] * 8
        assert stored() == before
