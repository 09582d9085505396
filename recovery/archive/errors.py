"""Why an archive is not taken; `str()` is the sentence for the person."""

NO_BACKUP = "This is no backup of this application, or its first bytes are damaged. Name a file that `manage.py backup` has made."


class Refused(Exception):
    pass


class Damaged(Refused):
    """Not the bytes that were written, or not all of them."""

    def __init__(self, where: str) -> None:
        super().__init__(f"This archive is damaged: {where}. Take another one, or copy it anew from where it was kept.")


class WrongKey(Refused):
    """The key is missing, or another one."""
