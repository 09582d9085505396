"""A clinic's texts for its replies: added, changed, deleted, audited."""

from __future__ import annotations

from django.utils import timezone

from patients import permissions, policies
from patients.actions import audit
from patients.errors import NotNow, Overtaken
from patients.models import AuditEvent, Clinic, ReplyTemplate, User

MOST_KEPT = 30
DELETED = "reply text deleted"
# Plain and careful: what is usual, what to do, whom to call; nothing that names a cause.
EXAMPLES = {
    "As usual at this stage": (
        "Hello {name}, thank you for logging. What you describe is usual at this stage and should settle over the next days. "
        "Please go on with the care we agreed on and log again tomorrow."
    ),
    "Keep it calm": (
        "Hello {name}, thank you for logging. Please keep the skin calm for now: cleanse gently, keep it moist, stay out of the sun, "
        "and leave out make-up and active products such as retinol or acids until it has settled. Please log again tomorrow."
    ),
    "Send a photo": (
        "Hello {name}, thank you for logging. Please add a photo to today’s log, in daylight and without make-up, "
        "so that we can look at it. If it gets worse before you hear from us, call {clinic} on {phone}."
    ),
    "Please come in": (
        "Hello {name}, thank you for logging. We would like to see your skin here. "
        "Please call {clinic} on {phone} and we will find a time that suits you."
    ),
    "Call if it gets worse": (
        "Hello {name}, thank you for logging. Please watch it today. If it gets worse, spreads, or you feel unwell, "
        "do not wait for the next log: call {clinic} on {phone}. In an emergency, call the emergency number at once."
    ),
}


def save_reply_template(
    *, by: User, clinic: Clinic, name: str, text: str, template: ReplyTemplate | None = None, seen: int = 0
) -> ReplyTemplate:
    """Keeps a new text, or changes one as it was at its edit `seen`. Safe to repeat: the same again changes nothing.

    Raises NotNow for a name or text that does not fit, and Overtaken where somebody changed or deleted it meanwhile.
    """
    permissions.check_edit_replies(by, clinic)
    # Browsers send two characters for each end of a line.
    name, text = " ".join(name.split()), text.replace("\r\n", "\n").strip()
    policies.check_reply_template(name, text)
    with audit.atomic():
        known = _locked(clinic)
        stands = None if template is None else _as_it_stands(template, known)
        if stands is not None and (stands.name, stands.text) == (name, text):
            return stands
        if stands is not None and stands.edits != seen:
            raise Overtaken(_changed(stands))
        same_name = next((t for t in known if t.name.casefold() == name.casefold() and t != stands), None)
        if same_name is not None:
            if stands is None and same_name.text == text:
                return same_name
            raise NotNow(f"There is a text called “{same_name.name}” already. Choose another name.")
        if stands is None and len(known) >= MOST_KEPT:
            raise NotNow(f"{MOST_KEPT} texts are kept, which is the most. Delete one first.")
        return _store(stands or ReplyTemplate(clinic=clinic), name, text, by)


def _store(template: ReplyTemplate, name: str, text: str, by: User) -> ReplyTemplate:
    before = None if template._state.adding else _said(template)
    template.name, template.text, template.edits = name, text, template.edits + 1
    template.changed_at, template.changed_by = timezone.now(), by
    template.save()
    action = "reply text changed" if before else "reply text added"
    audit.record(action, template, by=by, clinic=template.clinic, before=before, after=_said(template))
    return template


def delete_reply_template(*, by: User, template: ReplyTemplate, seen: int) -> None:
    """Forgets a text as it was at its edit `seen`. Safe to repeat. Replies that were made from it stay as they are."""
    permissions.check_edit_replies(by, template.clinic)
    with audit.atomic():
        stands = next((t for t in _locked(template.clinic) if t == template), None)
        if stands is None:
            return
        if stands.edits != seen:
            raise Overtaken(f"{_who(stands)} changed this text. Read it again before you delete it.")
        audit.record(DELETED, stands, by=by, clinic=stands.clinic, before=_said(stands))
        stands.delete()


def start_with_examples(*, by: User, clinic: Clinic) -> None:
    """Gives a clinic without texts five to begin with. Safe to repeat."""
    permissions.check_edit_replies(by, clinic)
    with audit.atomic():
        if not _locked(clinic):
            for name, text in EXAMPLES.items():
                _store(ReplyTemplate(clinic=clinic), name, text, by)


def how_deleted(*, by: User, uuid: object) -> str:
    """Who deleted a text of this person's clinic, as a sentence; empty where none of this id was deleted."""
    found = AuditEvent.objects.about({"replytemplate": [str(uuid)]}).saying(DELETED).filter(clinic=by.clinic).first()
    if found is None or found.clinic is None:
        return ""
    return f"{found.actor_label} deleted this text at {found.clinic.local(found.at):%H:%M}."


def _locked(clinic: Clinic) -> list[ReplyTemplate]:
    """All of a clinic, with the clinic's row as the lock: those that are saved at once are judged one after the other."""
    Clinic.objects.select_for_update(no_key=True).filter(pk=clinic.pk).values_list("pk").get()
    return list(ReplyTemplate.objects.of_clinic(clinic))


def _as_it_stands(template: ReplyTemplate, known: list[ReplyTemplate]) -> ReplyTemplate:
    found = next((t for t in known if t == template), None)
    if found is None:
        raise Overtaken("Somebody deleted this text. Yours is kept below: save it again to add it as a new one.")
    return found


def _changed(template: ReplyTemplate) -> str:
    return (
        f"{_who(template)} changed this text while you were editing. It is “{template.name}” now and says: “{template.text}” "
        "Yours is kept below: save it again to put it in its place."
    )


def _who(template: ReplyTemplate) -> str:
    at = template.clinic.local(template.changed_at)
    return f"At {at:%H:%M} {template.changed_by.byline}"


def _said(template: ReplyTemplate) -> dict[str, str]:
    return {"name": template.name, "text": template.text}
