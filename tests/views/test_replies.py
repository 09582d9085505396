"""The clinic's texts for replies: the pages."""

import pytest
from django.urls import reverse

from patients.actions.replies import EXAMPLES, MOST_KEPT, delete_reply_template, save_reply_template
from patients.models import ReplyTemplate, Role
from tests.factories import a_member, a_reply_text
from tests.pages import filled_in, page, text

LIST, NEW, START = (reverse(name) for name in ("replies", "reply-new", "reply-examples"))


@pytest.fixture
def template(clinician):
    return a_reply_text(clinician)


@pytest.fixture
def colleague(clinic):
    return a_member(clinic, Role.CLINICIAN, "Jonas Lind", title="Dr")


def url_of(template, name="reply-text"):
    return reverse(name, args=[template.uuid])


def typed_in(response):
    """The text as a browser shows it: the first line break of a box is markup."""
    return filled_in(response)["text"][0].removeprefix("\n")


def kept():
    return list(ReplyTemplate.objects.order_by("name").values_list("name", "text"))


def sent(browser, url, **changes):
    """What the page's own form would send, with these changes."""
    return browser.post(url, {**filled_in(browser.get(url)), **changes}, follow=True)


class TestTheList:
    def test_it_shows_each_text_with_who_changed_it(self, as_clinician, template, other_clinician):
        a_reply_text(other_clinician, "Theirs")
        seen = text(as_clinician.get(LIST))
        assert "Keep it moist Hello {name}, keep it moist. Changed Wed 18 Mar 2026, 12:00 by Mira Osei, nurse" in seen
        assert "Theirs" not in seen

    def test_an_empty_one_offers_examples_which_can_be_read_first(self, as_clinician):
        seen = text(as_clinician.get(LIST))
        assert "No texts yet" in seen
        assert all(example in seen for example in EXAMPLES.values())
        as_clinician.post(START)
        assert kept() == sorted(EXAMPLES.items())
        assert "Start with five examples" not in text(as_clinician.get(LIST))

    def test_a_full_one_offers_no_more(self, as_clinician, clinician):
        for number in range(MOST_KEPT):
            a_reply_text(clinician, f"Text {number}")
        response = as_clinician.get(LIST)
        assert ("30 texts are kept, which is the most." in text(response), NEW in page(response).links) == (True, False)

    def test_it_costs_the_same_with_1_and_3_texts(self, as_clinician, clinician, django_assert_num_queries):
        for number in (1, 3):
            for other in range(number):
                a_reply_text(clinician, f"Text {number}, {other}")
            with django_assert_num_queries(3):
                as_clinician.get(LIST)


class TestWriting:
    def test_a_new_text_is_kept(self, as_clinician):
        response = sent(as_clinician, NEW, name="Moist", text="Hello {name}.")
        assert (response.redirect_chain, kept()) == ([(LIST, 302)], [("Moist", "Hello {name}.")])
        assert "“Moist” is saved." in text(response)

    def test_a_change_is_kept(self, as_clinician, template):
        sent(as_clinician, url_of(template), text="Call us.")
        assert kept() == [("Keep it moist", "Call us.")]

    @pytest.mark.parametrize(
        "typed, says",
        [
            ({"name": "", "text": "Hello."}, "Give the text a name of up to 60 letters."),
            ({"name": "New", "text": ""}, "The text is empty."),
            ({"name": "New", "text": "Hi {nmae}."}, "“{nmae}” is not a placeholder. Write {name}, {clinic} or {phone}"),
            ({"name": "KEEP IT MOIST", "text": "Hi."}, "There is a text called “Keep it moist” already."),
            ({"name": "New", "text": "x" * 1001}, "The text has 1001 letters; 1000 fit."),
            ({"name": "N\x00w", "text": "Hi."}, "Null characters are not allowed."),
        ],
    )
    def test_what_is_wrong_is_said_and_all_kept(self, as_clinician, template, typed, says):
        response = as_clinician.post(NEW, typed)
        assert says in text(response)
        assert (typed_in(response), kept()) == (typed["text"], [("Keep it moist", "Hello {name}, keep it moist.")])

    def test_the_second_of_two_sees_the_change_and_keeps_the_text(self, as_clinician, clinic, colleague, template):
        form = {**filled_in(as_clinician.get(url_of(template))), "text": "Come in."}
        save_reply_template(by=colleague, clinic=clinic, name=template.name, text="Call us.", template=template, seen=1)
        response = as_clinician.post(url_of(template), form)
        assert "Jonas Lind, Dr changed this text while you were editing. It is “Keep it moist” now and says: “Call us.”" in text(response)
        assert (typed_in(response), kept()) == ("Come in.", [("Keep it moist", "Call us.")])
        as_clinician.post(url_of(template), filled_in(response))
        assert kept() == [("Keep it moist", "Come in.")]

    def test_who_writes_on_a_deleted_text_keeps_it_and_may_add_it_anew(self, as_clinician, colleague, template):
        url = url_of(template)
        form = {**filled_in(as_clinician.get(url)), "text": "Come in."}
        delete_reply_template(by=colleague, template=template, seen=1)
        response = as_clinician.post(url, form)
        assert "Jonas Lind, Dr (clinician) deleted this text at" in text(response)
        assert "Yours is kept below: save it again to add it as a new one." in text(response)
        assert f'action="{NEW}"' in response.content.decode()
        as_clinician.post(NEW, filled_in(response))
        assert kept() == [("Keep it moist", "Come in.")]

    def test_opening_a_deleted_text_leads_to_the_list(self, as_clinician, colleague, template):
        delete_reply_template(by=colleague, template=template, seen=1)
        response = as_clinician.get(url_of(template), follow=True)
        assert (response.redirect_chain, "deleted this text at" in text(response)) == ([(LIST, 302)], True)


class TestDeleting:
    def test_it_asks_first_and_shows_what_goes(self, as_clinician, template):
        response = as_clinician.get(url_of(template, "reply-delete"))
        assert "Delete “Keep it moist”? Hello {name}, keep it moist." in text(response)
        assert len(kept()) == 1

    def test_it_is_gone_and_said(self, as_clinician, template):
        response = sent(as_clinician, url_of(template, "reply-delete"))
        assert (response.redirect_chain, kept()) == ([(LIST, 302)], [])
        assert "“Keep it moist” is deleted. Replies made from it stay as they are." in text(response)

    def test_twice_ends_where_once_does(self, as_clinician, template):
        form = filled_in(as_clinician.get(url_of(template, "reply-delete")))
        for _ in range(2):
            response = as_clinician.post(url_of(template, "reply-delete"), form)
            assert (response.status_code, response.url) == (302, LIST)

    @pytest.mark.parametrize("seen", ["1", "", "many"])
    def test_what_was_changed_meanwhile_is_read_again_first(self, as_clinician, clinic, colleague, template, seen):
        save_reply_template(by=colleague, clinic=clinic, name=template.name, text="Call us.", template=template, seen=1)
        response = as_clinician.post(url_of(template, "reply-delete"), {"seen": seen})
        assert "Jonas Lind, Dr changed this text. Read it again before you delete it." in text(response)
        assert ("Call us." in text(response), filled_in(response)["seen"], len(kept())) == (True, ["2"], 1)


@pytest.mark.parametrize("name", ["reply-text", "reply-delete"])
def test_another_clinics_text_is_not_found_even_once_it_is_deleted(as_clinician, other_clinician, name):
    template = a_reply_text(other_clinician)
    url = url_of(template, name)
    found = [getattr(as_clinician, method)(url).status_code for method in ("get", "post")]
    delete_reply_template(by=other_clinician, template=template, seen=1)
    assert found + [getattr(as_clinician, method)(url).status_code for method in ("get", "post")] == [404] * 4
