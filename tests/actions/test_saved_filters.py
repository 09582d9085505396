"""Filters kept under a name: each clinician's own, twenty at most."""

import pytest

from patients.actions.saved_filters import MOST_SAVED, delete_filter, save_filter
from patients.errors import NotAllowed, NotNow
from patients.models import AuditEvent, Role, SavedFilter
from tests.factories import a_member


def kept(user):
    return list(user.saved_filters.values_list("name", "query"))


def test_it_is_kept_once_and_audited_without_what_it_looks_for(clinician):
    for _ in range(2):
        save_filter(by=clinician, name=" Mine ", query="text=Ana")
    assert kept(clinician) == [("Mine", "text=Ana")]
    assert [e.after for e in AuditEvent.objects.filter(action="filter saved")] == [{"name": "Mine"}]


def test_each_has_their_own(clinician, clinic):
    other = a_member(clinic, Role.CLINICIAN, "Jonas Lind")
    save_filter(by=clinician, name="Mine", query="urgency=urgent")
    save_filter(by=other, name="Mine", query="urgency=watch")
    delete_filter(by=other, name="Mine")
    assert (kept(clinician), kept(other)) == ([("Mine", "urgency=urgent")], [])


def test_deleting_is_safe_to_repeat(clinician):
    save_filter(by=clinician, name="Mine", query="urgency=urgent")
    for _ in range(2):
        delete_filter(by=clinician, name="Mine")
    assert (kept(clinician), AuditEvent.objects.filter(action="filter deleted").count()) == ([], 1)


@pytest.mark.parametrize(
    "name, query, says",
    [
        ("", "urgency=urgent", "Give the filter a name of up to 40 letters."),
        ("x" * 41, "urgency=urgent", "Give the filter a name of up to 40 letters."),
        ("New", "", "Nothing is filtered yet. Choose a filter, then save it."),
        ("Mine", "urgency=watch", "You have saved another filter as “Mine”. Choose another name, or delete that one first."),
    ],
)
def test_what_is_refused(clinician, name, query, says):
    save_filter(by=clinician, name="Mine", query="urgency=urgent")
    with pytest.raises(NotNow) as refused:
        save_filter(by=clinician, name=name, query=query)
    assert (str(refused.value), kept(clinician)) == (says, [("Mine", "urgency=urgent")])


def test_twenty_at_most(clinician):
    for number in range(MOST_SAVED):
        save_filter(by=clinician, name=f"Filter {number}", query="urgency=urgent")
    with pytest.raises(NotNow, match="^You have saved 20 filters, which is the most. Delete one first.$"):
        save_filter(by=clinician, name="One more", query="urgency=urgent")
    save_filter(by=clinician, name="Filter 3", query="urgency=urgent")
    assert SavedFilter.objects.count() == 20


@pytest.mark.parametrize("role", ["patient", "admin", "superuser"])
def test_only_clinicians(request, role):
    person = request.getfixturevalue(role)
    for act in (lambda by: save_filter(by=by, name="Mine", query="x=1"), lambda by: delete_filter(by=by, name="Mine")):
        with pytest.raises(NotAllowed):
            act(getattr(person, "user", person))
    assert not SavedFilter.objects.exists()
