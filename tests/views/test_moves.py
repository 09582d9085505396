"""Moving running recoveries to the version in force: what it would change, then batch by batch."""

from datetime import timedelta
from functools import partial

import pytest
from django.urls import reverse

from patients.actions import moves
from patients.actions.norms import start_draft
from patients.actions.protocols import copy_protocol, retire_protocol
from patients.models import AuditEvent, Flag, NormVersion, Protocol, Treatment
from tests.conftest import TODAY, TREATED
from tests.factories import a_log, a_review, a_treatment, a_version, live_flags, open_flags, with_band
from tests.pages import text

MOVE = reverse("norms-move", args=["pen", 2])
VERSIONS = reverse("norms-versions", args=["pen"])


def publish_edit(admin, protocol, **values):
    """The next version: other values for redness on days 3 and 4."""
    return a_version(admin, protocol, lambda norms: with_band(norms, "redness", 3, **values), reason="Tried.")


@pytest.fixture
def pen(admin):
    return Protocol.objects.get(slug="pen")


@pytest.fixture
def recoveries(clinician, treatment):
    """Three of version 1 on day 4; the first with a watch that version 2 does not raise."""
    a_log(treatment, 4, redness=3)
    return [treatment, *(a_treatment(clinician, name, TREATED) for name in ("Bo Lind", "Cy Wood"))]


@pytest.fixture
def second(admin, pen, recoveries):
    """Version 2 in force: redness may be 3 on days 3 and 4."""
    return publish_edit(admin, pen, high=3)


@pytest.fixture
def one_at_a_time(monkeypatch):
    monkeypatch.setattr("patients.views.moves.move_batch", partial(moves.move_batch, most=1))


def followers(version):
    return set(Treatment.objects.filter(norm_version=version).values_list("patient__user__name", flat=True))


class TestBefore:
    def test_it_says_what_moving_would_change(self, as_admin, second):
        seen = text(as_admin.get(MOVE))
        assert "0 of 3 follow version 2" in seen
        assert "Gain an open flag 0 Lose an open flag 1 Enter the queue 0 Leave the queue 1" in seen
        assert "Move 3 recoveries" in seen

    def test_looking_moves_nobody(self, as_admin, second):
        before = list(Flag.objects.values()), AuditEvent.objects.count()
        for query in ("", "?going=1", "?going=2"):
            assert "data-going" not in as_admin.get(MOVE + query).content.decode()
        assert followers(second) == set()
        assert (list(Flag.objects.values()), AuditEvent.objects.count()) == before

    def test_flags_that_would_be_gained_are_counted(self, as_admin, admin, pen, recoveries):
        a_log(recoveries[1], 4, redness=2)
        publish_edit(admin, pen, high=1)
        seen = text(as_admin.get(MOVE))
        assert "Gain an open flag 1 Lose an open flag 0 Enter the queue 1 Leave the queue 0" in seen

    def test_nobody_left_is_said(self, as_admin, second):
        as_admin.post(MOVE)
        seen = text(as_admin.get(MOVE))
        assert "3 of 3 follow version 2 3 of 3 All running recoveries follow it." in seen
        assert 'type="submit"' not in as_admin.get(MOVE).content.decode()

    def test_nobody_at_all_is_said(self, as_admin, admin, pen):
        publish_edit(admin, pen, high=3)
        assert "0 of 0 follow version 2" in text(as_admin.get(MOVE))

    def test_it_costs_the_same_for_one_and_three_recoveries(self, as_admin, admin, pen, clinician, django_assert_max_num_queries):
        found, first = [], NormVersion.objects.get(protocol=pen)
        for count, name in enumerate(("Bo Lind", "Cy Wood", "Di Marsh"), 1):
            a_log(a_treatment(clinician, name, TREATED), 4, redness=3)
            if count == 1:
                publish_edit(admin, pen, high=3)
            Treatment.objects.update(norm_version=first)
            as_admin.get(MOVE)
            with django_assert_max_num_queries(45) as captured:
                assert f"0 of {count} follow version 2" in text(as_admin.get(MOVE))
            found.append(len(captured))
        assert found == [found[0]] * 3


class TestMoving:
    def test_one_batch_moves_them_and_judges_them_again(self, as_admin, second, recoveries):
        response = as_admin.post(MOVE, follow=True)
        assert response.redirect_chain == [(VERSIONS, 302)]
        assert "All running recoveries follow version 2." in text(response)
        assert followers(second) == {"Ana Ferreira", "Bo Lind", "Cy Wood"}
        assert live_flags(recoveries[0]) == []
        assert Treatment.objects.needing_review().count() == 0

    def test_each_move_is_in_the_audit_with_who_and_why(self, as_admin, second):
        as_admin.post(MOVE)
        said = AuditEvent.objects.filter(action="recovery moved").values_list("actor_label", "why")
        assert list(said) == [("Noor Haddad (admin)", "Tried.")] * 3

    def test_it_goes_on_batch_by_batch(self, as_admin, second, one_at_a_time):
        progress = []
        for _ in range(2):
            response = as_admin.post(MOVE, follow=True)
            assert response.redirect_chain == [(MOVE, 302)]
            seen = text(response)
            assert "Gain an open flag" not in seen
            progress.append(seen[seen.index(" of 3 follow") - 1])
        assert progress == ["1", "2"]
        assert as_admin.post(MOVE).url == VERSIONS
        assert AuditEvent.objects.filter(action="recovery moved").count() == 3

    def test_the_page_goes_on_by_itself_once_for_each_batch(self, as_admin, second, one_at_a_time):
        first, again = as_admin.post(MOVE, follow=True), as_admin.get(MOVE)
        assert ["data-going" in shown.content.decode() for shown in (first, again)] == [True, False]
        assert "Move 2 recoveries" in text(again)
        assert len(followers(second)) == 1

    def test_sending_again_moves_nobody_twice(self, as_admin, second):
        for _ in range(3):
            assert as_admin.post(MOVE).url == VERSIONS
        assert AuditEvent.objects.filter(action="recovery moved").count() == 3

    def test_what_was_reviewed_stays_reviewed(self, as_admin, admin, pen, recoveries, clinician):
        a_review(recoveries[0], clinician)
        publish_edit(admin, pen, typical=2)
        as_admin.post(MOVE)
        assert live_flags(recoveries[0]) == [(4, "above_range", "redness", 2)]
        assert open_flags(recoveries[0]) == []

    def test_only_those_that_run_are_moved(self, as_admin, admin, pen, clinician, recoveries):
        over = a_treatment(clinician, "Di Marsh", TODAY - timedelta(days=400))
        version = publish_edit(admin, pen, high=3)
        as_admin.post(MOVE)
        assert followers(version) == {"Ana Ferreira", "Bo Lind", "Cy Wood"}
        over.refresh_from_db()
        assert over.norm_version.number == 1

    def test_another_clinics_are_never_moved(self, as_admin, admin, pen, recoveries, other_treatment):
        admin.is_superuser = True
        admin.save()
        version = publish_edit(admin, pen, high=3)
        assert "0 of 3 follow version 2" in text(as_admin.get(MOVE))
        as_admin.post(MOVE)
        assert "Lea Krog" not in followers(version)
        assert len(followers(version)) == 3

    def test_those_of_the_shared_protocol_can_follow_the_clinics_own_copy(self, as_admin, admin, pen, recoveries):
        own = copy_protocol(by=admin, protocol=pen)
        url = reverse("norms-move", args=["pen", 1])
        assert "0 of 3 follow version 1" in text(as_admin.get(url))
        as_admin.post(url)
        assert followers(own.versions.get()) == {"Ana Ferreira", "Bo Lind", "Cy Wood"}


class TestRefusals:
    def test_an_older_version_is_refused(self, as_admin, second):
        for send in (as_admin.get, as_admin.post):
            response = send(reverse("norms-move", args=["pen", 1]), follow=True)
            assert response.redirect_chain == [(VERSIONS, 302)]
            assert "Version 1 is retired: what can be done is restore as a draft" in text(response)
        assert len(followers(NormVersion.objects.get(protocol__slug="pen", number=1))) == 3

    def test_so_is_one_that_was_replaced_between_two_batches(self, as_admin, admin, pen, second, one_at_a_time):
        as_admin.post(MOVE)
        publish_edit(admin, pen, high=4, urgent_above=4)
        assert "Version 2 is retired" in text(as_admin.post(MOVE, follow=True))
        assert len(followers(second)) == 1

    def test_and_one_that_is_replaced_in_the_middle_of_a_batch(self, as_admin, admin, pen, second, monkeypatch):
        real = moves.move_recovery
        rival = iter([lambda: publish_edit(admin, pen, high=4, urgent_above=4)])

        def one_then_the_rival(**asked):
            moved = real(**asked)
            next(rival, lambda: None)()
            return moved

        monkeypatch.setattr(moves, "move_recovery", one_then_the_rival)
        assert "Version 2 is retired" in text(as_admin.post(MOVE, follow=True))
        assert len(followers(second)) == 1

    def test_and_the_last_of_a_retired_protocol(self, as_admin, admin, pen, second):
        retire_protocol(by=admin, protocol=pen, why="No device any more.")
        assert "Version 2 is retired" in text(as_admin.post(MOVE, follow=True))
        assert followers(second) == set()

    @pytest.mark.parametrize("number", [3, 9, 10**30])
    def test_a_draft_or_what_is_not_there_is_not_found(self, as_admin, admin, pen, second, number):
        start_draft(by=admin, protocol=pen)  # of version 3
        url = f"/norms/pen/v{number}/move/"
        assert (as_admin.get(url).status_code, as_admin.post(url).status_code) == (404, 404)

    @pytest.mark.parametrize("verb", ["PUT", "DELETE", "PATCH"])
    def test_another_verb_is_refused(self, as_admin, second, verb):
        assert as_admin.generic(verb, MOVE).status_code == 405

    def test_who_has_no_clinic_has_nobody_to_move(self, signed_in, superuser, second):
        browser = signed_in(superuser)
        for send in (browser.get, browser.post):
            response = send(MOVE)
            assert response.status_code == 403
            assert "Only the admins of a clinic move its recoveries to other norms." in text(response)
        assert followers(second) == set()
