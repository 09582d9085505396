"""What is written into a draft is read out of it again, part by part, and no other version notices."""

from dataclasses import replace

import pytest
from django.db import IntegrityError, transaction

from patients.models import NormVersion, Protocol
from patients.models.frozen import PUBLISHED
from patients.models.norm_rows import stored_settings, write_norms
from patients.models.norm_values import read_norms
from recovery.timeline.difference import ORDER, ROWS
from recovery.timeline.norms import RuleSettings
from tests.factories import asking_every, with_band
from tests.timeline.samples import PROTOCOLS

pytestmark = pytest.mark.django_db


def in_force(slug):
    return NormVersion.objects.in_force().select_related("protocol").get(protocol__slug=slug)


def a_new_version():
    return NormVersion.objects.create(protocol=Protocol.objects.create(slug="new", name="New"), number=1)


def rows(norms):
    """Every part in the order in which the tables hand it out, and the symptoms with what is watched."""
    codes = list(norms.symptoms)
    parts = {part: sorted(of(norms), key=lambda row: ORDER[part](row, codes)) for part, of in ROWS.items()}
    return parts | {"watched": [code for code, s in norms.symptoms.items() if s.watch_worsening]}


def written(version, norms):
    """What the tables say of a version after it was written and saved."""
    write_norms(version, norms)
    version.save()
    return read_norms(NormVersion.objects.select_related("protocol").get(pk=version.pk))


@pytest.mark.parametrize("slug", PROTOCOLS)
def test_every_part_of_a_protocol_comes_back(slug):
    norms = read_norms(in_force(slug))
    found = written(a_new_version(), norms)
    assert replace(found, label=norms.label) == norms
    assert rows(found) == rows(norms)


def test_a_rewrite_replaces_every_row():
    version = a_new_version()
    first, second = read_norms(in_force("pen")), read_norms(in_force("radiofrequency"))
    write_norms(version, first)
    assert rows(written(version, second)) == rows(second)
    kept = {name: getattr(version, name).count() for name in ("bands", "phases", "milestones", "guidance", "signs", "adjustments")}
    assert kept == {name: getattr(in_force("radiofrequency"), name).count() for name in kept}


@pytest.mark.parametrize("slug", PROTOCOLS)
def test_a_rewrite_leaves_the_other_versions_alone(slug):
    def others():
        return [read_norms(v) for v in NormVersion.objects.published().order_by("pk")]

    known, version = others(), a_new_version()
    norms = read_norms(in_force(slug))
    write_norms(version, norms)
    written(version, asking_every(with_band(norms, "redness", 0, rationale="Other."), 5))
    assert others() == known


def test_settings_are_stored_under_their_names():
    settings = RuleSettings(worsening_symptoms=("pain", "redness"), cluster_size=3)
    found = stored_settings(settings)
    assert (found["worsening_symptoms"], found["cluster_size"], len(found)) == (["pain", "redness"], 3, 9)
    norms = replace(read_norms(in_force("pen")), settings=settings)
    back = written(a_new_version(), norms)
    assert back.settings == settings
    assert [code for code, s in back.symptoms.items() if s.watch_worsening] == ["redness", "pain"]


def test_a_version_without_any_rows():
    norms = read_norms(in_force("pen"))
    bare = replace(norms, bands=(), signs={}, adjustments=(), course=replace(norms.course, phases=[], milestones=[], guidance=[]))
    version = a_new_version()
    write_norms(version, norms)
    assert replace(written(version, bare), label=norms.label, symptoms=norms.symptoms) == bare


def test_a_published_version_is_not_rewritten():
    version = in_force("pen")
    known = read_norms(version)
    with pytest.raises(IntegrityError, match=PUBLISHED), transaction.atomic():
        write_norms(version, asking_every(known))
    assert read_norms(in_force("pen")) == known


@pytest.mark.parametrize(
    "cells, constraint",
    [
        ({"low": 4}, "band_rises_within_0_to_4"),
        ({"high": 5, "urgent_above": None}, "band_rises_within_0_to_4"),
        ({"urgent_above": 0}, "band_urgent_above_from_high_to_4"),
        ({"last_day": 3651}, "band_days_in_order"),
        ({"first_day": -1}, "band_from_day_0"),
    ],
)
def test_a_band_out_of_order_is_refused_by_name(cells, constraint):
    version = a_new_version()
    norms = with_band(read_norms(in_force("pen")), "redness", 0, **cells)
    with pytest.raises(IntegrityError, match=constraint), transaction.atomic():
        write_norms(version, norms)
    assert version.bands.count() == 0


def test_any_edit_comes_back():
    pytest.importorskip("hypothesis", reason="hypothesis is a development dependency; the cases above are by hand")
    from hypothesis import given, settings

    from tests.edits import edited

    version, norms = a_new_version(), read_norms(in_force("pen"))

    @settings(max_examples=40, deadline=None)
    @given(edit=edited(norms))
    def comes_back(edit):
        found = written(version, edit)
        assert rows(found) == rows(edit)

    comes_back()
