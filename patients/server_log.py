"""What the server's own log must not hold: what opens something, and what people typed.

Set up in settings.LOGGING, and for gunicorn in gunicorn.conf.py.
"""

import logging
import re
import traceback
from types import TracebackType

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
