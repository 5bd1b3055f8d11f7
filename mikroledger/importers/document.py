"""From a file to the document that it is."""

import hashlib
from collections.abc import Sequence
from pathlib import Path

from mikroledger.domain.record import Document
from mikroledger.importers import camt, erp, files, nets, statement
from mikroledger.importers.columns import choose
from mikroledger.importers.encoding import decode


def read(path: Path, maps: Sequence[Path] = (), map_name: str = "") -> Document:
    """Read a bank statement, a notice of payments, or an ERP posting list.

    Args:
        path: the file.
        maps: folders with further column maps; they come before the shipped ones.
        map_name: the map to use, instead of the one that has the file's header.

    Raises:
        UsageError: there is no such file, or no such map.
        RefusedError: the file is not plain, not whole, or of no known kind.
    """
    return read_bytes(path.name, files.load(path), maps, map_name)


def read_bytes(
    name: str,
    data: bytes,
    maps: Sequence[Path] = (),
    map_name: str = "",
) -> Document:
    """Read a document that is in memory already, as `read` does.

    Raises:
        UsageError: there is no such map.
        RefusedError: the document is of no known kind.
    """
    digest = hashlib.sha256(data).hexdigest()
    if camt.is_xml(data):
        return camt.read(name, data, digest)
    if nets.is_nets(data):
        return nets.read(name, data, digest)
    files.refuse_program_files(data)
    text = decode(data)
    chosen = choose(text, maps, map_name)
    reader = erp.read if chosen.kind == "erp" else statement.read
    return reader(name, text, digest, chosen)
