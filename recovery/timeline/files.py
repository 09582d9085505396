"""A norm version from files as people hand them in: one JSON document, or CSV files of its parts."""

from collections.abc import Sequence
from pathlib import PurePath

from recovery.timeline.document import from_json
from recovery.timeline.norms import Norms
from recovery.timeline.part_tables import from_csv, part_of, utf_8
from recovery.timeline.tables import TableError

UTF_8_MARK = b"\xef\xbb\xbf"


class FilesError(TableError):
    """Files that cannot be used; `found` pairs the name of each with what is wrong, a line for each fault."""

    def __init__(self, found: Sequence[tuple[str, str]]) -> None:
        self.found = tuple(found)
        super().__init__("\n".join(f"{name} cannot be used.\n{says}" for name, says in found))


def from_files(files: Sequence[tuple[str, bytes]], protocol: str, base: Norms) -> Norms:
    """`base` with what files hold, each a name and its bytes: one JSON document, or CSV files of different parts.

    Raises FilesError naming every file that cannot be used.
    """
    held: dict[str, str] = {}
    found = []
    for name, data in files:
        try:
            # Each file builds on the one before; parts are different, so their order does not matter.
            base = _with_file(name, data, protocol, base, held, len(files) == 1)
        # Read on after a fault: whoever hands in five files wants to hear of all of them at once.
        except TableError as error:
            found.append((name, str(error)))
    if found:
        raise FilesError(found)
    return base


def _with_file(name: str, data: bytes, protocol: str, base: Norms, held: dict[str, str], is_alone: bool) -> Norms:
    """`held`: which file held a part, so that no second one replaces it unseen."""
    suffix = PurePath(name).suffix.lower()
    # By the name and not by what is inside: an .xlsx is a ZIP, and “not UTF-8” would help nobody.
    if suffix not in (".json", ".csv"):
        raise TableError("expected a name that ends in .json or .csv; a spreadsheet can be saved as CSV UTF-8")
    if not data.removeprefix(UTF_8_MARK).strip():
        raise TableError("the file is empty")
    if suffix == ".json":
        if not is_alone:
            raise TableError("a JSON file holds all parts; use it without another file")
        return from_json(utf_8(data, "UTF-8"), protocol, base)
    part = part_of(data)
    if part in held:
        raise TableError(f"{part} stand in {held[part]} already")
    held[part] = name
    return from_csv(data, protocol, base)
