"""From a file to the document that it is."""

import hashlib
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from mikroledger.domain.bankaccount import account_number, as_stated
from mikroledger.domain.record import Document
from mikroledger.errors import RefusedError
from mikroledger.importers import camt, erp, files, nets, statement
from mikroledger.importers.columns import choose
from mikroledger.importers.encoding import decode


def read(
    path: Path,
    maps: Sequence[Path] = (),
    map_name: str = "",
    account: str = "",
) -> Document:
    """Read a bank statement, a notice of payments, or an ERP posting list.

    Args:
        path: the file.
        maps: folders with further column maps; they come before the shipped ones.
        map_name: the map to use, instead of the one that has the file's header.
        account: the bank account that a statement is of; an ERP list has none.

    Raises:
        UsageError: there is no such file, no such map, or the account is no number.
        RefusedError: the file is not plain, not whole, of no known kind, or of another account.
    """
    return read_bytes(path.name, files.load(path), maps, map_name, account)


def read_bytes(
    name: str,
    data: bytes,
    maps: Sequence[Path] = (),
    map_name: str = "",
    account: str = "",
) -> Document:
    """Read a document that is in memory already, as `read` does.

    Raises:
        UsageError: there is no such map, or the account is no number.
        RefusedError: the document is of no known kind, or of another account.
    """
    digest = hashlib.sha256(data).hexdigest()
    wanted = account_number(account) if account else ""
    if camt.is_xml(data):
        return _of(camt.read(name, data, digest), wanted)
    if nets.is_nets(data):
        return nets.read(name, data, digest)
    files.refuse_program_files(data)
    text = decode(data)
    chosen = choose(text, maps, map_name)
    reader = erp.read if chosen.kind == "erp" else statement.read
    return _of(reader(name, text, digest, chosen), wanted)


def _of(document: Document, wanted: str) -> Document:
    """Say which account a statement is of: the file does (camt), its map, or who imports it."""
    if document.format == "erp":
        return document
    is_camt = document.format in {"camt.053", "camt.054"}
    own = as_stated(document.source) if is_camt else document.account
    if own and wanted and own != wanted:
        raise RefusedError(
            da=f"Kontoudtoget er fra konto {own}, ikke fra {wanted}. Intet er bogført.",
            en=f"The statement is of account {own}, not of {wanted}. Nothing was booked.",
        )
    days = (line.day for line in document.bank if is_camt)  # its balances prove every day
    return replace(document, account=own or wanted, since=min(days, default=document.since))
