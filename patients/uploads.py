"""Files on their way in. Set up in settings.FILE_UPLOAD_HANDLERS."""

from __future__ import annotations

import contextlib
from io import BytesIO
from typing import Any, NoReturn

from django.core.files.uploadedfile import UploadedFile
from django.core.files.uploadhandler import TemporaryFileUploadHandler


class Unreadable(UploadedFile):
    """A file for which there was no room: it says so to whoever reads it, and not to who reads the rest of the form."""

    def read(self, *args: Any) -> NoReturn:
        raise OSError("there was no room for this upload")


class SparingUploadHandler(TemporaryFileUploadHandler):
    """Where the disk is full, the answers that came with the file still arrive: a log must not be lost with its photo."""

    def new_file(self, *args: Any, **kwargs: Any) -> None:
        self.has_room = False
        with contextlib.suppress(OSError):
            super().new_file(*args, **kwargs)
            self.has_room = True

    def receive_data_chunk(self, raw_data: bytes, start: int) -> None:
        if not self.has_room:
            return
        try:
            super().receive_data_chunk(raw_data, start)
        except OSError:
            self._give_up()

    def file_complete(self, file_size: int) -> UploadedFile | None:
        if self.has_room:
            try:
                return super().file_complete(file_size)
            except OSError:  # the last bytes are written only now
                self._give_up()
        return Unreadable(BytesIO(), self.file_name, self.content_type, file_size)

    def _give_up(self) -> None:
        self.has_room = False
        # Closing writes what is left in the buffer and fails as well; the file is gone all the same.
        with contextlib.suppress(OSError):
            self.file.close()
