"""Django's admin shows norms, and changes none of them."""

import pytest
from django.contrib import admin as site
from django.urls import reverse

from patients.actions.norms import start_draft
from patients.actions.protocols import copy_protocol
from patients.models import AuditEvent, Claim, Clinic, NormVersion, Protocol, Source, Symptom, User
from tests.factories import a_draft
from tests.pages import page, text

READ_ONLY = [NormVersion, Protocol, Source, Symptom, AuditEvent]
NORMS = [NormVersion, Protocol, Source, Symptom]


@pytest.fixture
def as_root(signed_in, superuser):
    return signed_in(superuser)


def url_of(model, page, *args):
    return reverse(f"admin:patients_{model._meta.model_name}_{page}", args=args)


def rows(model):
    return list(model.objects.order_by("pk").values())


@pytest.fixture
def subject(superuser):
    start_draft(by=superuser, protocol=Protocol.objects.get(slug="pen"))  # audited, so there is an event too
    return lambda model: model.objects.first()


@pytest.mark.parametrize("model", READ_ONLY)
class TestReadOnly:
    def test_it_can_be_looked_at(self, as_root, subject, model):
        assert as_root.get(url_of(model, "changelist")).status_code == 200
        shown = as_root.get(url_of(model, "change", subject(model).pk))
        assert shown.status_code == 200
        assert [name for name in page(shown).fields if name not in ("csrfmiddlewaretoken", "next", "theme")] == []

    def test_it_cannot_be_added_changed_or_deleted(self, as_root, subject, model):
        one, before = subject(model), rows(model)
        sent = dict.fromkeys((f.name for f in model._meta.fields), "1")
        answers = [
            as_root.get(url_of(model, "add")).status_code,
            as_root.post(url_of(model, "add"), sent).status_code,
            as_root.post(url_of(model, "change", one.pk), sent).status_code,
            as_root.get(url_of(model, "delete", one.pk)).status_code,
            as_root.post(url_of(model, "delete", one.pk), {"post": "yes"}).status_code,
        ]
        assert answers == [403] * 5
        assert rows(model) == before

    def test_nor_many_at_once(self, as_root, subject, model):
        before = rows(model)
        chosen = [str(row["pk"] if "pk" in row else row[model._meta.pk.name]) for row in before[:2]]
        as_root.post(url_of(model, "changelist"), {"action": "delete_selected", "_selected_action": chosen, "post": "yes"})
        assert rows(model) == before


def test_parts_of_a_version_are_edited_nowhere_here():
    parts = {"band", "phase", "milestone", "guidance", "warningsign", "adjustment", "claim", "flag", "log"}
    assert {model._meta.model_name for model in site.site._registry} & parts == set()


class TestLinks:
    def links(self, as_root, model, subject):
        listed, shown = (page(as_root.get(u)).links for u in (url_of(model, "changelist"), url_of(model, "change", subject.pk)))
        return [{link for link in found if link.startswith("/norms/")} for found in (listed, shown)]

    def test_a_published_version_leads_to_its_page(self, as_root):
        version = NormVersion.objects.get(protocol__slug="pen")
        url = reverse("norms-version", args=["pen", 1])
        listed, shown = self.links(as_root, NormVersion, version)
        assert (url in listed, shown) == (True, {url})
        assert "Pen 0.5–1.5 mm" in text(as_root.get(url))

    def test_a_draft_leads_to_its_editor(self, as_root):
        listed, shown = self.links(as_root, NormVersion, a_draft("pen"))
        assert (reverse("draft", args=["pen"]) in listed, shown) == (True, {reverse("draft", args=["pen"])})
        assert "draft of version 2" in text(as_root.get(reverse("draft", args=["pen"])))

    def test_a_protocol_and_a_source_lead_to_theirs(self, as_root):
        pen, source = Protocol.objects.get(slug="pen"), Source.objects.get(key="chu-2021")
        assert self.links(as_root, Protocol, pen)[1] == {reverse("norms-of", args=["pen"])}
        assert self.links(as_root, Source, source)[1] == {reverse("source", args=["chu-2021"])}

    def test_a_clinics_own_leads_nowhere_that_shows_another(self, as_root, admin):
        own = copy_protocol(by=admin, protocol=Protocol.objects.get(slug="pen"))
        assert self.links(as_root, Protocol, own)[1] == set()
        assert self.links(as_root, NormVersion, own.versions.get())[1] == set()
        shown = text(as_root.get(url_of(NormVersion, "change", own.versions.get().pk)))
        assert "Linden Skin Clinic has its own. Its admins edit it." in shown

    def test_the_list_costs_the_same_for_few_and_many(self, as_root, admin, django_assert_max_num_queries):
        found = []
        for slug in ("pen", "pen-deep", "radiofrequency"):
            with django_assert_max_num_queries(12) as captured:
                assert text(as_root.get(url_of(NormVersion, "changelist"))).count("Open version 1") == 4
            found.append(len(captured))
            a_draft(slug)
            copy_protocol(by=admin, protocol=Protocol.objects.get(slug=slug))
        assert found == [found[0]] * 3


class TestClinics:
    def send(self, as_root, clinic, weekdays):
        sent = {"name": clinic.name, "phone": clinic.phone, "emergency_number": "999", "time_zone": "Europe/London"}
        sent |= {"opens_at": "09:00", "closes_at": "18:00", "weekdays": weekdays, "watch_days": 2, "urgent_hours": ""}
        return text(as_root.post(url_of(Clinic, "change", clinic.pk), sent, follow=True))

    @pytest.mark.parametrize("weekdays", ["Mon-Fri", "0", "128", "11", "１２"])
    def test_weekdays_that_no_page_could_read_are_refused(self, as_root, clinic, weekdays):
        assert "Write each working day once as a number, Monday 1 to Sunday 7" in self.send(as_root, clinic, weekdays)
        clinic.refresh_from_db()
        assert clinic.hours_said == "Monday to Friday, 9:00 to 18:00"

    def test_others_are_taken_in_any_order(self, as_root, clinic):
        assert "was changed successfully" in self.send(as_root, clinic, "621")
        clinic.refresh_from_db()
        assert clinic.hours_said == "Monday, Tuesday, Saturday, 9:00 to 18:00"


class TestPeople:
    def test_a_new_colleague_has_no_password_and_their_clinic(self, as_root, clinic):
        sent = {
            "email": "Jo@Example.org",
            "name": "Jo Blake",
            "role": "clinician",
            "clinic": clinic.pk,
            "theme": "light",
            "is_active": "on",
        }
        as_root.post(url_of(User, "add"), sent)
        made = User.objects.get(name="Jo Blake")
        assert (made.email, made.clinic, made.has_usable_password()) == ("jo@example.org", clinic, False)

    def test_a_clinic_admin_who_is_no_superuser_stays_outside(self, as_admin):
        response = as_admin.get(url_of(NormVersion, "changelist"))
        assert (response.status_code, response.url.split("?")[0]) in [(302, "/admin/login/"), (302, reverse("account_login"))]

    def test_claims_survive_what_is_sent_to_their_source(self, as_root):
        before = Claim.objects.count()
        as_root.post(url_of(Source, "delete", "chu-2021"), {"post": "yes"})
        assert Claim.objects.count() == before
