"""The ERP's list of balances (saldoliste): what each municipal account holds.

Which column says what is data (maps/balances/*.toml, and the book's own before them). Such a
list has every account of the municipality; rows on accounts that are no kontostreng are nobody's
here, and are passed over. A row whose balance cannot be read refuses the list.
"""

import re
import tomllib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path
from typing import Any

from mikroledger.domain.reconciliation import Balance
from mikroledger.domain.record import AccountString
from mikroledger.errors import RefusedError, UsageError
from mikroledger.importers import cells, files
from mikroledger.importers.columns import plain
from mikroledger.importers.encoding import decode
from mikroledger.importers.table import Line, cut
from mikroledger.money import ZERO

SHIPPED = Path(__file__).parent / "maps" / "balances"
OWN = "balances"
"""The folder in the book's `maps/`."""

_SIGNS = {"+": 1, "-": -1}
_PARTS = frozenset({"account", "funktion", "dranst", "gruppering", "art"})
_SUMS = frozenset({"amount", "plus", "minus", "side"})
_STRING = re.compile(
    r"(?P<funktion>0?[0-9]\.?[0-9]{2}\.?[0-9]{2})(?:[./ -](?P<dranst>[0-9]))?"
    r"(?:[./ -](?P<gruppering>[0-9]{3}))?(?:[./ -](?P<art>[0-9]\.?[0-9]))?",
    re.ASCII,
)


@dataclass(frozen=True, slots=True)
class BalanceMap:
    """How one list of balances is read; the keys of its TOML file."""

    name: str
    fields: Mapping[str, str]
    separator: str
    sign: int
    sides: Mapping[str, int]

    def places(self, header: Sequence[str]) -> Mapping[str, int] | None:
        """Return where each field stands, or None if the list is another."""
        found = [plain(cell) for cell in header]
        wanted = {name: plain(column) for name, column in self.fields.items()}
        if not set(wanted.values()) <= set(found):
            return None
        return {name: found.index(column) for name, column in wanted.items()}


def read(path: Path, maps: Sequence[Path] = ()) -> tuple[Balance, ...]:
    """Read a list of balances.

    Args:
        maps: the book's own folders of column maps.

    Raises:
        UsageError: there is no such file.
        RefusedError: its columns are not known, or a balance cannot be read.
    """
    data = files.load(path)
    files.refuse_program_files(data)
    text = decode(data)
    known = [*(each for folder in maps for each in _maps(folder / OWN)), *_maps(SHIPPED)]
    for each in known:
        lines = cut(text, each.separator)
        header = next(lines, Line(0, ()))
        places = each.places(header.cells)
        if places is not None:
            return tuple(_rows(path.name, each, places, lines))
    raise _unknown(path.name, known)


def _maps(folder: Path) -> list[BalanceMap]:
    return [_load(file) for file in sorted(folder.glob("*.toml"))]


def _load(file: Path) -> BalanceMap:
    try:
        return _parse(tomllib.loads(file.read_text(encoding="utf-8")))
    except (OSError, ValueError, KeyError, AttributeError) as error:
        what = f"{type(error).__name__}: {error}"
        model = SHIPPED / "saldoliste.toml"
        raise RefusedError(
            da=f"Kolonnekortet {file} kan ikke læses ({what}). Ret det; {model} er et forbillede.",
            en=f"The column map {file} cannot be read ({what}). Correct it; {model} is a model.",
        ) from error


def _parse(data: dict[str, Any]) -> BalanceMap:
    fields = dict(data.pop("fields"))
    if wrong := fields.keys() - _PARTS - _SUMS:
        raise ValueError(f"unknown fields {sorted(wrong)}; known: {sorted(_PARTS | _SUMS)}")
    if not fields.keys() & {"account", "funktion"} or not fields.keys() & {"amount", "plus"}:
        raise ValueError("fields need account or funktion, and amount (or plus and minus)")
    made = BalanceMap(
        name=data.pop("name"),
        fields=fields,
        separator=data.pop("separator", ";"),
        sign=_SIGNS[data.pop("sign", "+")],
        sides={letter.upper(): _SIGNS[sign] for letter, sign in data.pop("sides", {}).items()},
    )
    if data or len(made.separator) != 1:
        raise ValueError(f"unknown key or value: {sorted(data) or made.separator}")
    return made


def _rows(
    file: str,
    wanted: BalanceMap,
    places: Mapping[str, int],
    lines: Iterator[Line],
) -> Iterator[Balance]:
    for line in lines:
        if line.fault:
            raise _refused(file, line.number, line.fault.da, line.fault.en)
        said = {name: _cell(line, place) for name, place in places.items()}
        try:
            account = _account(said)
            if account:
                yield Balance(line.number, account, wanted.sign * _amount(said, wanted))
        except UsageError as error:
            why = cells.reason(error)
            raise _refused(file, line.number, why.da, why.en) from error


def _cell(line: Line, place: int) -> str:
    return " ".join(line.cells[place].split()) if place < len(line.cells) else ""


def _account(said: Mapping[str, str]) -> AccountString | None:
    """Return a row's account string, or None where it has none: a total, another's account."""
    if "account" in said:
        match = _STRING.fullmatch(said["account"])
        if match is None:
            return None
        said = {name: part or "" for name, part in match.groupdict().items()}
    if not _STRING.fullmatch(said["funktion"]):
        return None
    return AccountString(
        cells.funktion(said["funktion"]),
        cells.dranst(said.get("dranst", "")),
        cells.gruppering(said.get("gruppering", "")),
        cells.art(said.get("art", "")),
    )


def _amount(said: Mapping[str, str], wanted: BalanceMap) -> Decimal:
    if "amount" in said:
        return cells.sided(said["amount"], said.get("side", ""), wanted.sides, large=True)
    plus, minus = (said.get(name, "") for name in ("plus", "minus"))
    return _or_zero(plus) - _or_zero(minus)


def _or_zero(text: str) -> Decimal:
    return cells.amount(text, large=True) if text else ZERO


def _refused(file: str, line: int, da: str, en: str) -> RefusedError:
    return RefusedError(
        da=f"{file}, linje {line}: {da} Ret saldolisten, og prøv igen.",
        en=f"{file}, line {line}: {en} Correct the list of balances, and try again.",
    )


def _unknown(file: str, known: Sequence[BalanceMap]) -> RefusedError:
    names = "; ".join(f"{each.name}: {', '.join(each.fields.values())}" for each in known)
    model = SHIPPED / "saldoliste.toml"
    return RefusedError(
        da=f"{file}: kolonnerne kendes ikke. Kendte saldolister: {names}. En ny kræver ingen"
        f" kode: kopiér {model} til bogens maps/{OWN}/, og ret navn og kolonner.",
        en=f"{file}: the columns are not known. Known lists of balances: {names}. A new one needs"
        f" no code: copy {model} to maps/{OWN}/ in the book, and correct name and columns.",
    )
