"""The form of the minimal insert."""

from django import forms

from tests.bench.models import Note


class NoteForm(forms.ModelForm):
    class Meta:
        model = Note
        fields = ["written_on", "day", "grade", "title", "text"]
