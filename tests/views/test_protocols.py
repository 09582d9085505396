"""Protocols of a clinic, by page: a new one, a copy of a shared one, its name, its retirement."""

import pytest
from django.urls import reverse

from patients.actions.norms import draft_of, in_force
from patients.actions.protocols import copy_protocol, create_protocol, retire_protocol
from patients.models import AuditEvent, NormVersion, Protocol, Treatment
from patients.models.norm_values import read_norms
from tests.pages import filled_in, page, text

NEW = reverse("protocol-new")
COPY = reverse("protocol-copy", args=["pen"])
SETTINGS = reverse("protocol-settings", args=["pen"])
MISSING = "Write the name."
NO_LETTERS = "No short name can be made from this name. Write one, in the letters a to z."
NO_NORMS = "That protocol has no norms in force. Choose from the list."


@pytest.fixture
def pen(admin):
    return Protocol.objects.get(slug="pen")


@pytest.fixture
def typed(pen):
    return {"name": "Stamp, 0.3 mm", "slug": "", "description": "Face", "like": str(pen.pk)}


def slugs():
    return set(Protocol.objects.values_list("slug", flat=True))


def kept(response):
    return {name: values[-1] for name, values in filled_in(response).items()}


class TestMakingOne:
    def test_it_belongs_to_the_clinic_and_begins_with_a_draft(self, as_admin, clinic, pen, typed):
        response = as_admin.post(NEW, typed, follow=True)
        assert response.redirect_chain == [(reverse("draft", args=["stamp-03-mm"]), 302)]
        assert "Stamp, 0.3 mm is made." in text(response)
        made = Protocol.objects.get(slug="stamp-03-mm")
        assert (made.clinic, made.name, made.description, made.copied_from) == (clinic, "Stamp, 0.3 mm", "Face", None)
        assert read_norms(draft_of(made)).bands == read_norms(in_force(pen)).bands
        assert NormVersion.objects.published().filter(protocol=made).count() == 0

    def test_its_short_name_can_be_chosen(self, as_admin, typed):
        as_admin.post(NEW, typed | {"slug": "stamp"})
        assert Protocol.objects.get(slug="stamp").name == "Stamp, 0.3 mm"

    def test_it_is_listed_last_and_not_offered_to_treatments_yet(self, as_admin, clinic, typed):
        as_admin.post(NEW, typed)
        own = Protocol.objects.of_clinic(clinic)
        assert [p.slug for p in own][-1] == "stamp-03-mm"
        assert "stamp-03-mm" not in set(own.offered().values_list("slug", flat=True))

    @pytest.mark.parametrize(
        "field, value, says",
        [
            ("name", "", MISSING),
            ("name", " \t ", MISSING),
            ("name", "x" * 81, "The name has 81 characters; 80 fit."),
            ("name", "a\x00b", "Null characters are not allowed."),
            ("name", "针灸", NO_LETTERS),
            ("name", "Sources", "“sources” is the address of a page. Choose another short name."),
            ("name", "Pen", "There is a protocol with the short name “pen” already. Choose another."),
            ("description", "x" * 201, "The description has 201 characters; 200 fit."),
            ("slug", "pen", "There is a protocol with the short name “pen” already. Choose another."),
            ("slug", "new", "“new” is the address of a page. Choose another short name."),
            ("slug", "claims", "“claims” is the address of a page. Choose another short name."),
            ("slug", "Stamp", "“Stamp” does not fit an address. Write small letters a to z, digits and hyphens."),
            ("slug", "a/b", "“a/b” does not fit an address."),
            ("slug", "-a-", "“-a-” does not fit an address."),
            ("slug", "x" * 51, "This has 51 characters; 50 fit."),
            ("like", "", "Choose one."),
            ("like", "0", NO_NORMS),
            ("like", "x", NO_NORMS),
            ("like", "9" * 40, NO_NORMS),
            ("like", "\x00", "Null characters are not allowed."),
        ],
    )
    def test_bad_input_is_said_and_kept_and_nothing_stored(self, as_admin, typed, field, value, says):
        before, events = slugs(), AuditEvent.objects.count()
        response = as_admin.post(NEW, typed | {field: value})
        assert response.status_code == 200
        assert says in text(response)
        # A select cannot keep what is none of its options.
        sent = {name: v for name, v in (typed | {field: value}).items() if (name, field) != ("like", "like")}
        assert {name: kept(response)[name] for name in sent} == sent
        assert (slugs(), AuditEvent.objects.count()) == (before, events)

    def test_a_page_without_fields_is_refused(self, as_admin):
        seen = text(as_admin.post(NEW, {}))
        assert (MISSING in seen, "Choose one." in seen) == (True, True)

    def test_another_clinics_norms_cannot_be_the_model(self, as_admin, typed, other_clinic, superuser):
        superuser.clinic = other_clinic
        superuser.save()
        theirs = copy_protocol(by=superuser, protocol=Protocol.objects.get(slug="pen"))
        assert NO_NORMS in text(as_admin.post(NEW, typed | {"like": str(theirs.pk)}))

    def test_what_is_typed_is_text_and_not_markup(self, as_admin, typed):
        shown = as_admin.post(NEW, typed | {"name": '"><script>x</script>', "slug": "<b>"}).content.decode()
        assert ("<script>x" in shown, "&lt;script&gt;x" in shown) == (False, True)

    def test_the_second_of_two_at_once_is_told(self, as_admin, admin, pen, typed, monkeypatch):
        create_protocol(by=admin, name="Stamp", slug="stamp", description="", like=pen)
        monkeypatch.setattr("patients.forms.protocols.NewProtocolForm._slug_fault", lambda self, slug: "")
        response = as_admin.post(NEW, typed | {"slug": "stamp"})
        assert "There is a protocol with the short name “stamp” already. Choose another one." in text(response)
        assert kept(response)["name"] == typed["name"]
        assert Protocol.objects.filter(slug="stamp").count() == 1


class TestCopying:
    def test_the_copy_is_the_clinics_own_and_in_force_at_once(self, as_admin, clinic, pen):
        response = as_admin.post(COPY, follow=True)
        assert response.redirect_chain == [(reverse("norms-of", args=["pen"]), 302)]
        assert "is your clinic’s own now. New treatments follow it; running recoveries keep their norms." in text(response)
        assert "Your clinic’s own norms." in text(response)
        own = Protocol.objects.get(slug="pen", clinic=clinic)
        assert own.copied_from == pen
        assert without_label(read_norms(in_force(own))) == without_label(read_norms(in_force(pen)))
        assert in_force(own).reason == "Copied from version 1 of the shared protocol."

    def test_new_treatments_follow_it_and_running_ones_keep_theirs(self, as_admin, clinic, clinician, pen, treatment):
        as_admin.post(COPY)
        own = Protocol.objects.get(slug="pen", clinic=clinic)
        assert own in Protocol.objects.of_clinic(clinic).offered()
        assert pen not in Protocol.objects.of_clinic(clinic)
        assert Treatment.objects.get(pk=treatment.pk).protocol == pen

    def test_a_second_copy_is_refused(self, as_admin, clinic):
        as_admin.post(COPY)
        assert "own already." in text(as_admin.post(COPY, follow=True))
        assert Protocol.objects.filter(slug="pen", clinic=clinic).count() == 1

    def test_without_norms_in_force_there_is_nothing_to_copy(self, as_admin, clinic):
        Protocol.objects.create(slug="bare", name="Bare")
        response = as_admin.post(reverse("protocol-copy", args=["bare"]), follow=True)
        assert "Bare has no published norms yet that could be copied." in text(response)
        assert not Protocol.objects.filter(slug="bare", clinic=clinic).exists()

    def test_an_unknown_one_is_not_found(self, as_admin):
        assert as_admin.post(reverse("protocol-copy", args=["none"])).status_code == 404

    def test_it_is_sent_only(self, as_admin):
        response = as_admin.get(COPY)
        assert (response.status_code, response["Allow"]) == (405, "POST")

    def test_who_has_no_clinic_cannot(self, signed_in, superuser):
        response = signed_in(superuser).post(COPY)
        assert response.status_code == 403
        assert "Only the admins of a clinic make protocols of its own." in text(response)
        assert Protocol.objects.filter(slug="pen").count() == 1


class TestRenaming:
    def test_name_and_description_change_and_the_address_stays(self, as_admin, pen):
        response = as_admin.post(SETTINGS, {"do": "rename", "name": "Pen, middle", "description": "Face"}, follow=True)
        assert response.redirect_chain == [(SETTINGS, 302)]
        assert "Saved." in text(response)
        pen.refresh_from_db()
        assert (pen.name, pen.description, pen.slug) == ("Pen, middle", "Face", "pen")
        event = AuditEvent.objects.get(action="protocol renamed")
        assert (event.before["name"], event.after["name"]) == ("Pen 0.5–1.5 mm", "Pen, middle")

    def test_the_same_again_writes_nothing(self, as_admin, pen):
        as_admin.post(SETTINGS, kept(as_admin.get(SETTINGS)) | {"do": "rename"})
        assert not AuditEvent.objects.filter(action="protocol renamed").exists()

    @pytest.mark.parametrize(
        "field, value, says",
        [
            ("name", "", MISSING),
            ("name", "x" * 81, "The name has 81 characters; 80 fit."),
            ("name", "a\x00", "Null characters are not allowed."),
            ("description", "x" * 201, "The description has 201 characters; 200 fit."),
        ],
    )
    def test_bad_input_is_said_and_kept_and_nothing_stored(self, as_admin, pen, field, value, says):
        sent = {"name": "Pen, middle", "description": "Face"} | {field: value}
        response = as_admin.post(SETTINGS, {"do": "rename", **sent})
        assert says in text(response)
        assert {name: kept(response)[name] for name in sent} == sent
        assert (Protocol.objects.get(pk=pen.pk).name, AuditEvent.objects.count()) == ("Pen 0.5–1.5 mm", 0)


class TestRetiring:
    def test_it_asks_why_and_takes_it_from_new_treatments(self, as_admin, clinic, pen):
        response = as_admin.post(SETTINGS, {"do": "retire", "why": "The device is gone."}, follow=True)
        assert "Pen 0.5–1.5 mm is retired. New treatments cannot follow it; running recoveries keep their norms." in text(response)
        assert "Retired on 18 March 2026." in text(response)
        assert pen not in Protocol.objects.of_clinic(clinic).offered()
        assert AuditEvent.objects.get(action="protocol retired").why == "The device is gone."

    @pytest.mark.parametrize(
        "why, says",
        [
            ("", "Write why this protocol is retired."),
            (" \n", "Write why this protocol is retired."),
            ("x" * 501, "The reason has 501 characters; 500 fit. Shorten it."),
        ],
    )
    def test_without_a_reason_that_fits_nothing_happens(self, as_admin, pen, why, says):
        response = as_admin.post(SETTINGS, {"do": "retire", "why": why})
        assert says in text(response)
        assert kept(response)["why"].strip() == why.strip()
        assert Protocol.objects.get(pk=pen.pk).retired_at is None

    def test_it_can_be_brought_back(self, as_admin, admin, clinic, pen):
        retire_protocol(by=admin, protocol=pen, why="The device is gone.")
        response = as_admin.post(SETTINGS, {"do": "back"}, follow=True)
        assert "Pen 0.5–1.5 mm is back. New treatments can follow it." in text(response)
        assert pen in Protocol.objects.of_clinic(clinic).offered()
        assert AuditEvent.objects.filter(action="protocol brought back").count() == 1

    @pytest.mark.parametrize("do, count", [("retire", 1), ("back", 0)])
    def test_a_second_click_writes_nothing_more(self, as_admin, do, count):
        for _ in range(2):
            as_admin.post(SETTINGS, {"do": do, "why": "The device is gone."})
        assert AuditEvent.objects.count() == count

    def test_running_recoveries_keep_their_norms(self, as_admin, clinician, treatment, pen):
        as_admin.post(SETTINGS, {"do": "retire", "why": "The device is gone."})
        assert Treatment.objects.get(pk=treatment.pk).norm_version == in_force(pen)

    @pytest.mark.parametrize("do", ["", "x", "\x00", "rename,retire"])
    def test_another_button_does_nothing(self, as_admin, pen, do):
        response = as_admin.post(SETTINGS, {"do": do, "name": "X", "why": "Y"})
        assert (response.status_code, AuditEvent.objects.count()) == (200, 0)
        assert Protocol.objects.get(pk=pen.pk).name == "Pen 0.5–1.5 mm"


class TestWhoMay:
    @pytest.fixture
    def as_root(self, signed_in, superuser):
        return signed_in(superuser)

    def test_the_installations_account_sees_the_shared_ones_and_makes_none(self, as_root, pen):
        response = as_root.get(reverse("norms"))
        assert "Pen 0.5–1.5 mm shared by all clinics version 1" in text(response)
        assert NEW not in page(response).links
        assert as_root.get(NEW).status_code == 403

    def test_it_may_rename_and_retire_them(self, as_root, pen):
        assert kept(as_root.get(SETTINGS))["name"] == "Pen 0.5–1.5 mm"
        as_root.post(SETTINGS, {"do": "rename", "name": "Pen, middle", "description": ""})
        as_root.post(SETTINGS, {"do": "retire", "why": "The device is gone."})
        pen.refresh_from_db()
        assert (pen.name, pen.retired_at is None) == ("Pen, middle", False)
        assert set(AuditEvent.objects.values_list("actor_label", flat=True)) == {"root@example.org (admin)"}

    def test_an_admin_changes_shared_ones_only_while_there_is_one_clinic(self, as_admin, pen, other_clinic):
        response = as_admin.post(SETTINGS, {"do": "rename", "name": "Ours", "description": ""})
        assert response.status_code == 403
        assert "Other clinics share these norms." in text(response)
        assert Protocol.objects.get(pk=pen.pk).name == "Pen 0.5–1.5 mm"

    def test_but_always_its_own(self, as_admin, clinic, pen, other_clinic):
        as_admin.post(COPY)
        as_admin.post(SETTINGS, {"do": "rename", "name": "Ours", "description": ""})
        names = dict(Protocol.objects.filter(slug="pen").values_list("clinic", "name"))
        assert names == {None: "Pen 0.5–1.5 mm", clinic.pk: "Ours"}

    @pytest.mark.parametrize("url", [NEW, SETTINGS])
    def test_another_verb_is_refused(self, as_admin, url):
        assert as_admin.generic("PUT", url).status_code == 405


def without_label(norms):
    return norms.bands, norms.signs, norms.settings, norms.adjustments, norms.course
