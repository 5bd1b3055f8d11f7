"""Letters on paper as one PDF for the printer, and an index of all that is handed over."""

import csv
import io
from collections.abc import Callable, Iterable, Sequence

from mikroledger.domain.post import Parcel
from mikroledger.errors import RefusedError

A4 = (595, 842)  # points
INDEX = (
    "letter",
    "loan",
    "debtor",
    "kind",
    "level",
    "day",
    "channel",
    "file",
    "uuid",
    "id_kind",
    "id_number",
    "first_page",
    "pages",
    "letter_file",
    "sha256",
)
"""Columns of the index. Numbers of persons are for those who go to a mailbox alone."""


def bundle(
    parcels: Sequence[Parcel],
    pdf_of: Callable[[Parcel], bytes],
) -> tuple[bytes, list[tuple[int, int]]]:
    """Return letters as one PDF in their order, each beginning on a sheet of its own.

    An empty page follows a letter with an odd number of pages, so that two-sided printing never
    puts two people's letters on one sheet. It is for the printer: the archive keeps the letters
    themselves, with their tags.

    Returns:
        The PDF, and for each letter its first page and the number of its pages.

    Raises:
        RefusedError: a letter is no PDF.
    """
    from pikepdf import Pdf, PdfError

    made, places, out = Pdf.new(), [], io.BytesIO()
    for parcel in parcels:
        try:
            with Pdf.open(io.BytesIO(pdf_of(parcel))) as letter:
                places.append((len(made.pages) + 1, len(letter.pages)))
                made.pages.extend(letter.pages)
                if len(letter.pages) % 2:
                    made.add_blank_page(page_size=A4)
        except PdfError as error:
            raise RefusedError(
                da=f"{parcel.file} er ikke en PDF. Se »mikroledger verify«.",
                en=f"{parcel.file} is no PDF. See 'mikroledger verify'.",
            ) from error
    made.save(out, deterministic_id=True)
    return out.getvalue(), places


def index(rows: Iterable[tuple[Parcel, str, tuple[int, int] | None]]) -> bytes:
    """Return the index as CSV: semicolons, UTF-8 with a mark, as Danish Excel reads it.

    Args:
        rows: a letter, the file that carries it, and its pages in the bundle, if it is in it.
    """
    out = io.StringIO(newline="")
    writer = csv.writer(out, delimiter=";", lineterminator="\r\n")
    writer.writerow(INDEX)
    for parcel, file, place in rows:
        digital = parcel.channel == "digital"
        writer.writerow(
            [
                parcel.letter,
                parcel.loan,
                parcel.to.debtor,
                parcel.kind,
                parcel.level or "",
                parcel.on.isoformat(),
                parcel.channel,
                file,
                parcel.uuid if digital else "",
                parcel.to.kind if digital else "",
                parcel.to.number if digital else "",
                *(place or ("", "")),
                parcel.file,
                parcel.sha256,
            ]
        )
    return b"\xef\xbb\xbf" + out.getvalue().encode()
