"""Why a picture is not taken, each as sentences that tell the patient what to do."""


def gettext_noop(text: str) -> str:
    """Marks a text for the translators' catalog and changes nothing; named as the tools that collect texts expect."""
    return text


EMPTY = gettext_noop("The file is empty. Choose the picture again.")
TOO_LARGE = gettext_noop("The file is larger than 25 MB. Choose a smaller picture, or a screenshot of it.")
NOT_A_PICTURE = gettext_noop("This is not a picture we can read. Choose a JPEG, PNG, WebP or HEIC file.")
DAMAGED = gettext_noop("The picture is damaged or cut off. Choose it again, or take a new one.")
TOO_MANY_PIXELS = gettext_noop("The picture has more than {limit} million pixels. Choose a smaller one, or a screenshot of it.")
TOO_LONG = gettext_noop("The picture is too long for its width. Choose a picture of the usual shape.")
TOO_INTRICATE = gettext_noop("The picture is stored in a way that takes too long to open. Choose a screenshot of it, or take a new one.")


class Refused(Exception):
    """A file that is not taken as a picture; `str()` says why and what to do. The technical cause is its `__cause__`."""
