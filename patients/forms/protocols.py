"""Making, naming and retiring a protocol."""

from __future__ import annotations

from typing import Any

from crispy_forms.helper import FormHelper
from crispy_forms.layout import Column, Layout, Row
from django import forms
from django.utils.text import slugify

from patients.actions.norms import in_force
from patients.actions.protocols import RESERVED
from patients.models import Protocol, User
from patients.models.norm_values import read_norms
from recovery.timeline.norms import Norms

LONGEST_SLUG = 50  # characters, as the column has them


class LikeForm(forms.Form):
    """Whose norms a first draft starts from."""

    like = forms.ModelChoiceField(
        Protocol.objects.none(),
        label="Start from the norms of",
        empty_label=None,
        error_messages={"required": "Choose one.", "invalid_choice": "That protocol has no norms in force. Choose from the list."},
    )

    def __init__(self, *args: Any, user: User, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.user = user
        like = self.fields["like"]
        assert isinstance(like, forms.ModelChoiceField)
        like.queryset = Protocol.objects.visible_to(user).offered()

    def norms(self) -> Norms:
        """Only after is_valid()."""
        return read_norms(in_force(self.cleaned_data["like"]))


class NameForm(forms.Form):
    """What a protocol is called."""

    name = forms.CharField(
        max_length=80,
        label="Name",
        error_messages={"required": "Write the name.", "max_length": "The name has %(show_value)d characters; %(limit_value)d fit."},
    )
    description = forms.CharField(
        max_length=200,
        required=False,
        label="Description, if any",
        help_text="What is treated, with what, how deep.",
        error_messages={"max_length": "The description has %(show_value)d characters; %(limit_value)d fit."},
    )


class NewProtocolForm(NameForm, LikeForm):
    """A new protocol of the clinic."""

    slug = forms.CharField(
        required=False,
        label="Short name, if you like",
        help_text="Part of its address: small letters a to z, digits and hyphens. Made from the name when left empty.",
    )
    # The fields of two parents would stand in the order of the classes.
    field_order = ("name", "slug", "description", "like")

    @property
    def helper(self) -> FormHelper:
        helper = FormHelper()
        helper.form_tag = False
        helper.disable_csrf = True
        helper.layout = Layout(
            Row(Column("name", css_class="col-md-6"), Column("slug", css_class="col-md-6")),
            Row(Column("description", css_class="col-md-6"), Column("like", css_class="col-md-6")),
        )
        return helper

    def clean(self) -> dict[str, Any]:
        data = super().clean() or {}
        typed, name = data.get("slug", ""), data.get("name", "")
        slug = typed or slugify(name)[:LONGEST_SLUG].strip("-_")
        # Without a name its own sentence is enough.
        if fault := self._slug_fault(slug) if typed or name else "":
            self.add_error("slug", fault)
        return data | {"slug": slug}

    def _slug_fault(self, slug: str) -> str:
        if not slug:
            return "No short name can be made from this name. Write one, in the letters a to z."
        if len(slug) > LONGEST_SLUG:
            return f"This has {len(slug)} characters; {LONGEST_SLUG} fit."
        # The column would take capitals too: two addresses that people read as one.
        if slugify(slug) != slug:
            return f"“{slug}” does not fit an address. Write small letters a to z, digits and hyphens."
        if slug in RESERVED:
            return f"“{slug}” is the address of a page. Choose another short name."
        # A shared protocol of that name would vanish behind the new one.
        if Protocol.objects.of_clinic(self.user.clinic).filter(slug=slug).exists():
            return f"There is a protocol with the short name “{slug}” already. Choose another."
        return ""


class RetireForm(forms.Form):
    """Why no new treatment should follow a protocol."""

    why = forms.CharField(
        max_length=500,
        label="Why it is retired",
        widget=forms.Textarea(attrs={"rows": 2}),
        help_text="Kept with your name and the time.",
        error_messages={
            "required": "Write why this protocol is retired.",
            "max_length": "The reason has %(show_value)d characters; %(limit_value)d fit. Shorten it.",
        },
    )
