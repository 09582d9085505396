"""Databases for measuring, gone afterwards: files, or on the server that DATABASE_URL names."""

from __future__ import annotations

import os
import secrets
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from pathlib import Path
from urllib.parse import urlsplit


@contextmanager
def throwaway(var: Path, names: Sequence[str]) -> Iterator[list[str]]:
    """The URLs of empty databases."""
    server = os.environ.get("DATABASE_URL", "")
    if not server.startswith("postgres"):
        yield [f"sqlite:///{var / name}.sqlite3" for name in names]
        return
    with ExitStack() as stack:
        yield [stack.enter_context(_on_server(server, name)) for name in names]


@contextmanager
def _on_server(server: str, name: str) -> Iterator[str]:
    from psycopg import connect, sql  # an installation on SQLite need not have it

    # Of its own name: two who measure at once must not meet.
    own = sql.Identifier(called := f"bench_{name}_{secrets.token_hex(4)}")
    with connect(server, autocommit=True) as connection:
        connection.execute(sql.SQL("CREATE DATABASE {}").format(own))
        try:
            yield urlsplit(server)._replace(path=f"/{called}").geturl()
        finally:
            connection.execute(sql.SQL("DROP DATABASE {} WITH (FORCE)").format(own))
