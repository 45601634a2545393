"""Files that the command writes for a person."""

from __future__ import annotations

import os
import stat
from pathlib import Path

from till_cli.failures import Failure


def keep_private(file: Path, text: str) -> None:
    """Only its owner can read it, though everybody could before. Raises `Failure` where it cannot be written."""
    try:
        opened = os.open(file, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
        with os.fdopen(opened, "w", encoding="utf-8", newline="") as writing:
            if stat.S_ISREG(os.fstat(opened).st_mode):  # and not /dev/stdout, or /dev/null
                os.fchmod(opened, 0o600)
            writing.write(text)
    except OSError as error:
        raise Failure(f"{file} cannot be written: {error.strerror}.", "output") from error
