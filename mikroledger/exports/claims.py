"""The list of claims for Gældsstyrelsen, with the master data (stamdata) of each."""

import csv
import io
from collections.abc import Iterable
from datetime import date

from mikroledger.domain.handover import Claim
from mikroledger.domain.post import Recipient
from mikroledger.money import danish

HEAD = (
    "fordringstype",
    "nummer",
    "kreditor-cvr",
    "skyldner-art",
    "skyldner",
    "hovedstol",
    "restance",
    "stiftelsesdato",
    "periode-start",
    "periode-slut",
    "forfaldsdato",
    "sidste-rettidige-betalingsdato",
    "foraeldelsesdato",
    "doms-eller-forligsdato",
    "underretningsdato",
    "beskrivelse",
)
"""Columns by Gældsstyrelsen's own words; there is no judgment, and the description is short."""


def claims(rows: Iterable[tuple[Claim, Recipient]], kind: str, cvr: str) -> bytes:
    """Return the list as CSV: semicolons, decimal comma, dd-mm-yyyy, UTF-8 with a mark.

    Args:
        kind: the municipality's type of claim (fordringstype), from its own agreement.
        cvr: the municipality's number.
    """
    out = io.StringIO(newline="")
    writer = csv.writer(out, delimiter=";", lineterminator="\r\n")
    writer.writerow(HEAD)
    for claim, to in rows:
        dates = (
            claim.founded,
            claim.start,
            claim.due,
            claim.due,
            claim.pay_by,
            claim.barred,
        )
        writer.writerow(
            [
                kind,
                claim.number,
                cvr,
                to.kind,
                to.number,
                danish(claim.amount),
                danish(claim.missing),
                *map(_day, dates),
                "",
                _day(claim.notice),
                f"Lån, rate {claim.instalment}",
            ]
        )
    return b"\xef\xbb\xbf" + out.getvalue().encode()


def _day(day: date) -> str:
    return f"{day:%d-%m-%Y}"
