"""Programs of this project in processes of their own, over a throwaway database."""

from __future__ import annotations

import subprocess  # noqa: S404 - starts only this project's own programs
import sys
from pathlib import Path

from django.conf import settings
from django.core.management.base import CommandError

from patients.management.measuring.server import environment


def run(command: list[str], var: Path, database: Path | str) -> str:
    """Runs a Python program of this project on a throwaway database and returns what it prints."""
    done = subprocess.run(  # noqa: S603 - fixed words
        [sys.executable, *command], cwd=settings.BASE_DIR, env=environment(var, database), capture_output=True, text=True, check=False
    )
    if done.returncode:
        raise CommandError(f"{' '.join(command)} failed:\n{done.stderr}")
    return done.stdout
