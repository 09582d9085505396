"""A clinic's protocols: made, copied, renamed, retired and brought back; what is audited and what is refused."""

import pytest

from patients.actions.norms import in_force, in_force_or_none, publish_draft
from patients.actions.protocols import RESERVED, bring_back_protocol, copy_protocol, create_protocol, rename_protocol, retire_protocol
from patients.errors import NotAllowed, NotNow
from patients.models import AuditEvent, NormVersion, Protocol, Role, Treatment
from patients.models.norm_values import read_norms
from tests.conftest import TREATED
from tests.factories import a_member, a_treatment, a_version
from tests.lives import events, refusal


def protocols():
    return list(Protocol.objects.order_by("pk").values())


def last_event():
    e = AuditEvent.objects.order_by("pk").last()
    return e.action, e.subject_type, e.subject_id, e.actor, e.clinic, e.before, e.after, e.why


def create(by, like, slug="stamp"):
    return create_protocol(by=by, name="Stamp", slug=slug, description="By hand.", like=like)


@pytest.fixture
def stranger(other_clinic):
    return a_member(other_clinic, Role.ADMIN, "Ola Berg")


class TestCopying:
    def test_the_copy_begins_with_the_version_in_force(self, admin, pen, frozen):
        shared = a_version(admin, pen)
        own = copy_protocol(by=admin, protocol=pen)
        assert (own.slug, own.name, own.description, own.position) == (pen.slug, pen.name, pen.description, pen.position)
        assert (own.clinic, own.copied_from, own.retired_at) == (admin.clinic, pen, None)
        version = in_force(own)
        assert (version.number, version.published_by, version.published_as, version.published_at) == (1, admin, "Noor Haddad", frozen)
        assert version.reason == "Copied from version 2 of the shared protocol."
        assert (read_norms(version).bands, read_norms(version).course) == (read_norms(shared).bands, read_norms(shared).course)

    def test_it_is_audited(self, admin, pen):
        own = copy_protocol(by=admin, protocol=pen)
        after = {"slug": "pen", "from version": 1}
        assert last_event() == ("protocol copied", "protocol", str(own.pk), admin, admin.clinic, None, after, "")

    def test_the_clinic_works_with_its_copy_and_others_with_the_shared_one(self, admin, pen, other_clinic):
        own = copy_protocol(by=admin, protocol=pen)
        found = [Protocol.objects.of_clinic(c).get(slug="pen") for c in (admin.clinic, other_clinic, None)]
        assert found == [own, pen, pen]

    def test_running_recoveries_stay_where_they_are(self, admin, pen, treatment):
        copy_protocol(by=admin, protocol=pen)
        assert Treatment.objects.get(pk=treatment.pk).protocol == pen

    def test_there_is_one_copy(self, admin, pen):
        own = copy_protocol(by=admin, protocol=pen)
        known = protocols()
        for protocol in (pen, own):
            assert refusal(copy_protocol, by=admin, protocol=protocol) == "Pen 0.5–1.5 mm is your clinic’s own already."
        assert protocols() == known

    def test_another_clinic_makes_its_own(self, admin, pen, stranger):
        assert copy_protocol(by=admin, protocol=pen) != copy_protocol(by=stranger, protocol=pen)

    def test_what_has_no_norms_yet_is_not_copied(self, admin):
        empty = Protocol.objects.create(slug="new", name="New")
        assert refusal(copy_protocol, by=admin, protocol=empty) == "New has no published norms yet that could be copied."
        assert Protocol.objects.filter(slug="new").count() == 1

    def test_what_is_retired_is_not_copied(self, admin, pen, frozen):
        Protocol.objects.filter(pk=pen.pk).update(retired_at=frozen)
        known = protocols()
        says = "Pen 0.5–1.5 mm is retired and cannot be copied. Choose another protocol."
        assert refusal(copy_protocol, by=admin, protocol=Protocol.objects.get(pk=pen.pk)) == says
        assert protocols() == known


class TestCreating:
    def test_it_begins_with_a_draft_like_another_one(self, admin, pen):
        draft = create(admin, pen)
        made = draft.protocol
        assert (made.slug, made.name, made.description, made.clinic) == ("stamp", "Stamp", "By hand.", admin.clinic)
        assert (draft.number, draft.is_draft, in_force_or_none(made), made.copied_from) == (1, True, None, None)
        assert read_norms(draft).bands == read_norms(in_force(pen)).bands
        assert list(Protocol.objects.of_clinic(admin.clinic))[-1] == made

    def test_it_is_audited(self, admin, pen):
        made = create(admin, pen).protocol
        assert events() == [("protocol created", None, ""), ("norm draft started", 1, "A new protocol, like Pen 0.5–1.5 mm.")]
        event = AuditEvent.objects.get(action="protocol created")
        assert (event.subject_id, event.after) == (str(made.pk), {"slug": "stamp", "name": "Stamp", "like": "pen"})

    def test_it_is_offered_once_it_is_published(self, admin, pen):
        draft = create(admin, pen)
        offered = Protocol.objects.of_clinic(admin.clinic).offered()
        assert draft.protocol not in offered
        publish_draft(by=admin, draft=draft, reason="A start.", seen=0)
        assert draft.protocol in offered.all()

    @pytest.mark.parametrize("slug", sorted(RESERVED))
    def test_the_address_of_a_page_is_refused(self, admin, pen, slug):
        assert refusal(create, admin, pen, slug) == f"“{slug}” is the address of a page. Choose another short name."

    def test_a_name_that_is_taken_is_refused(self, admin, pen):
        create(admin, pen)
        for slug in ("pen", "stamp"):
            said = f"There is a protocol with the short name “{slug}” already. Choose another one."
            assert refusal(create, admin, pen, slug) == said
        assert Protocol.objects.filter(slug__in=["pen", "stamp"]).count() == 2

    def test_a_name_of_another_clinic_is_free(self, admin, pen, stranger):
        assert create(admin, pen).protocol != create(stranger, pen).protocol

    def test_a_refusal_leaves_nothing_behind(self, admin):
        known, empty = AuditEvent.objects.count(), Protocol.objects.create(slug="new", name="New")
        assert refusal(create, admin, empty) == "New has no published norms yet that could be copied."
        assert (Protocol.objects.filter(slug="stamp").count(), AuditEvent.objects.count()) == (0, known)


class TestRenaming:
    def test_it_is_stored_and_audited_and_keeps_its_address(self, admin, pen):
        before = {"name": pen.name, "description": pen.description}
        rename_protocol(by=admin, protocol=pen, name="Pen", description="Half deep.")
        after = {"name": "Pen", "description": "Half deep."}
        assert Protocol.objects.filter(pk=pen.pk).values("slug", "name", "description").get() == {"slug": "pen", **after}
        assert last_event() == ("protocol renamed", "protocol", str(pen.pk), admin, admin.clinic, before, after, "")

    def test_the_same_again_is_no_change(self, admin, pen):
        rename_protocol(by=admin, protocol=pen, name=pen.name, description=pen.description)
        assert events() == []


class TestRetiring:
    def test_it_is_not_offered_and_its_recoveries_go_on(self, admin, pen, treatment, frozen):
        retire_protocol(by=admin, protocol=pen, why=" No device any more. ")
        pen.refresh_from_db()
        assert (pen.retired_at, pen in Protocol.objects.offered()) == (frozen, False)
        assert Treatment.objects.get(pk=treatment.pk).norm_version.protocol == pen
        assert last_event() == ("protocol retired", "protocol", str(pen.pk), admin, admin.clinic, None, None, "No device any more.")

    @pytest.mark.parametrize("why", ["", " \n\t"])
    def test_it_needs_a_reason(self, admin, pen, why):
        assert refusal(retire_protocol, by=admin, protocol=pen, why=why) == "Write why this protocol is retired."
        assert (Protocol.objects.get(pk=pen.pk).retired_at, events()) == (None, [])

    def test_new_treatments_are_refused(self, admin, clinician, pen):
        retire_protocol(by=admin, protocol=pen, why="Tested.")
        with pytest.raises(NotNow, match=r"is not offered to new treatments any more\. Choose another protocol\.$"):
            a_treatment(clinician, "Bo Lind", TREATED)

    def test_twice_is_once(self, admin, pen):
        for _ in range(2):
            retire_protocol(by=admin, protocol=pen, why="Tested.")
        assert [action for action, *_ in events()] == ["protocol retired"]

    def test_it_comes_back_as_it_was(self, admin, pen):
        known = Protocol.objects.filter(pk=pen.pk).values().get()
        retire_protocol(by=admin, protocol=pen, why="Tested.")
        for _ in range(2):
            bring_back_protocol(by=admin, protocol=pen)
        assert Protocol.objects.filter(pk=pen.pk).values().get() == known
        assert [action for action, *_ in events()] == ["protocol retired", "protocol brought back"]
        assert NormVersion.objects.in_force().get(protocol=pen).number == 1


ADMINS = "Only admins change the timeline norms."
OWN = "Only the admins of a clinic make protocols of its own."
SHARED = "Other clinics share these norms. Make your clinic’s own copy to change them."
DO = {
    "copy": lambda by, protocol: copy_protocol(by=by, protocol=protocol),
    "create": lambda by, protocol: create(by, protocol),
    "rename": lambda by, protocol: rename_protocol(by=by, protocol=protocol, name="Pen", description=""),
    "retire": lambda by, protocol: retire_protocol(by=by, protocol=protocol, why="Tested."),
    "bring back": lambda by, protocol: bring_back_protocol(by=by, protocol=protocol),
}


@pytest.mark.parametrize("what", DO)
@pytest.mark.parametrize("name, own, others", [("clinician", ADMINS, ADMINS), ("superuser", OWN, ""), ("stranger", "", SHARED)])
def test_who_may_not(request, pen, what, name, own, others, stranger, clinic):
    says = own if what in ("copy", "create") else others
    person, known = request.getfixturevalue(name), protocols()
    if not says:
        assert DO[what](person, pen) is None or Protocol.objects.filter(clinic=person.clinic).exists()
        return
    with pytest.raises(NotAllowed) as refused:
        DO[what](person, pen)
    assert (str(refused.value), protocols(), events()) == (says, known, [])
