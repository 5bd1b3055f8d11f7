"""Take in a file that somebody points at: a plain one, of a sensible size, whole."""

import os
import re
import stat
from pathlib import Path

from mikroledger.errors import RefusedError, UsageError

LARGEST = 20_000_000
"""Bytes; 10,000 bank lines are 1 MB as CSV and 15 MB as camt.053."""

_MT940 = re.compile(
    rb"(?:\xef\xbb\xbf)?\s*(?:\{1:F01[A-Z0-9]{12}|:20:[^\n]*\n(?::21:[^\n]*\n)?:25:)"
)
_PROGRAMS = (
    (b"PK\x03\x04", "Excel/zip"),
    (b"\xd0\xcf\x11\xe0", "Excel/Office"),
    (b"%PDF", "PDF"),
)


def load(path: Path) -> bytes:
    """Return the bytes of a plain file.

    Raises:
        UsageError: there is no such file, or it may not be read.
        RefusedError: a folder, a device, an empty, too large or changing file.
    """
    try:
        descriptor = os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC)
    except (OSError, ValueError) as error:
        why = error.strerror if isinstance(error, OSError) else str(error)
        raise UsageError(
            da=f"{path} kan ikke åbnes ({why}).",
            en=f"{path} cannot be opened ({why}).",
        ) from error
    try:
        before = os.fstat(descriptor)
        if not stat.S_ISREG(before.st_mode):
            raise RefusedError(
                da=f"{path} er ikke en almindelig fil.", en=f"{path} is not a plain file."
            )
        _sized(path, before.st_size)
        with os.fdopen(descriptor, "rb", closefd=False) as file:
            data = file.read(LARGEST + 1)
        after = os.fstat(descriptor)
    finally:
        os.close(descriptor)
    if (after.st_size, after.st_mtime_ns) != (len(data), before.st_mtime_ns):
        raise RefusedError(
            da=f"{path} ændrede sig, mens den blev læst. Prøv igen, når den er færdig.",
            en=f"{path} changed while it was read. Try again when it is complete.",
        )
    return data


def _sized(path: Path, size: int) -> None:
    if size == 0:
        raise RefusedError(da=f"{path} er tom.", en=f"{path} is empty.")
    if size > LARGEST:
        raise RefusedError(
            da=f"{path} fylder mere end {LARGEST // 1_000_000} MB. Del den op, eller bed om en"
            " kortere periode.",
            en=f"{path} is larger than {LARGEST // 1_000_000} MB. Split it, or ask for a"
            " shorter period.",
        )


def refuse_program_files(data: bytes) -> None:
    """Say what a workbook, a PDF or an MT940 is, instead of calling its bytes unreadable.

    Raises:
        RefusedError: the bytes are such a file.
    """
    if _MT940.match(data):
        raise RefusedError(
            da="Filen er MT940 (SWIFT), som ikke indlæses: den har ingen sikre referencer. Hent"
            " kontoudtoget som camt.053 i netbanken, eller som CSV.",
            en="The file is MT940 (SWIFT), which is not imported: its references cannot be told"
            " for certain. Get the statement as camt.053 from the bank, or as CSV.",
        )
    kind = next((kind for mark, kind in _PROGRAMS if data.startswith(mark)), "")
    if kind:
        raise RefusedError(
            da=f"Filen er {kind}. Gem eller hent den som CSV (eller camt.053 fra banken).",
            en=f"The file is {kind}. Save or export it as CSV (or camt.053 from the bank).",
        )
