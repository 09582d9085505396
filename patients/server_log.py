"""What stands in the server's own log, and what must not: what opens something, and what people typed.

Set up in settings.LOGGING, and for gunicorn in gunicorn.conf.py.
"""

import logging
import re
import traceback
from contextvars import ContextVar
from secrets import token_hex
from types import TracebackType

# Of what this thread does now. It stays until the next request: Django writes refusals down after the last middleware.
_request_id: ContextVar[str] = ContextVar("request_id", default="")

# Whoever reads such an address can open it: invitations, reminders' links and those that set a password.
SECRET = re.compile(r"(/l/(?:off/)?|/i/|/accounts/(?:password/reset/key|confirm-email)/)[^\s/\"']+")
# Names are searched for in queries.
QUERY = re.compile(r"(/[^\s?\"']*\?)[^\s\"']+")


class WithoutTokens(logging.Filter):
    """Cuts tokens and queries out of addresses; Django writes down the address of every request that it refuses."""

    def filter(self, record: logging.LogRecord) -> bool:
        record.msg, record.args = QUERY.sub(r"\1…", SECRET.sub(r"\1…", record.getMessage())), ()
        return True


def where_it_failed(error: BaseException) -> str:
    """The way to an error, oldest cause first: files, lines and kinds, without the errors' own words.

    Those quote what was being worked on: a database names the value it refuses, `int` the letters it cannot read.
    """
    chain, known = [error], {id(error)}
    while (cause := chain[-1].__cause__ or chain[-1].__context__) is not None and id(cause) not in known:
        chain.append(cause)
        known.add(id(cause))
    return "\n".join(
        f"{''.join(traceback.format_tb(one.__traceback__))}{type(one).__module__}.{type(one).__qualname__}" for one in reversed(chain)
    )


class Plain(logging.Formatter):
    """A line for each record, and under it where an error came from."""

    def formatException(self, ei: tuple[type[BaseException], BaseException, TracebackType | None] | tuple[None, None, None]) -> str:  # noqa: N802 - the name is Python's
        return where_it_failed(ei[1]) if ei[1] else ""


def new_request_id() -> str:
    """From now on this thread works on another request. Random, so that it says nothing."""
    _request_id.set(token_hex(8))
    return request_id()


def request_id() -> str:
    """Empty for commands."""
    return _request_id.get()


class WithRequestId(logging.Filter):
    """Each line says which request it is about: the same number stands in the audit and on the page of an error."""

    def filter(self, record: logging.LogRecord) -> bool:
        record.request_id = request_id() or "-"
        return True
