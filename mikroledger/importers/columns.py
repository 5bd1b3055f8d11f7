"""Column maps: which column of which bank's or ERP's list says what. They are data (TOML)."""

import io
import re
import tomllib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import Any, Literal

from mikroledger.domain.bankaccount import account_number
from mikroledger.errors import RefusedError, UsageError
from mikroledger.importers.cells import FIRST_YEAR, LAST_YEAR, Dates, date_pattern, masked, visible
from mikroledger.importers.table import Layout, cut
from mikroledger.words import Text

Kind = Literal["erp", "bank-csv"]

SHIPPED = Path(__file__).parent / "maps"

_SEARCHED = 20  # physical lines in which a printed list's header is looked for
_OTHER_SEPARATORS = {";": "semikolon/semicolon", ",": "komma/comma", "\t": "tab", "|": "|"}
_AMOUNT = frozenset({"amount", "side", "plus", "minus"})
_FIELDS: Mapping[str, frozenset[str]] = {
    "erp": _AMOUNT
    | {"day", "voucher", "account", "funktion", "dranst", "gruppering", "art"}
    | {"text", "person", "decision", "reference"},
    "bank-csv": _AMOUNT
    | {"day", "value", "balance", "text", "reference", "currency", "entry", "status"},
}
_SIGNS = {"+": 1, "-": -1}
_NAME = re.compile("[a-zæøå0-9][a-zæøå0-9-]{0,29}")
_MISTAKES = (
    *(OSError, ValueError, KeyError, TypeError, AttributeError, re.error),
    UsageError,
)
_ALIKE = 50  # percent of its columns that a map must share to be worth comparing with


@dataclass(frozen=True, slots=True)
class ColumnMap:
    """How one list is read; the keys of its TOML file.

    Args:
        name: what `--map` calls it; also the source of its rows' keys, so never rename it.
        kind: `erp` or `bank-csv`.
        header: the columns; a file may have them in another order, but no others.
        optional: columns that a file may have as well.
        fields: our field to the column, or the columns whose texts are put together.
        separator: one character between columns.
        layout: `csv`, or `print` for a list with bars, rulers and page titles.
        dates: how days are written, and the years that can be meant.
        sign: 1 if debit (ERP) or money in (bank) is positive, -1 if the other way.
        sides: letters for debit and credit, and their sign.
        account: a pattern with groups `funktion`, `dranst`, `gruppering` and `art`, for a list
            that has them in one column.
        counts: values of the column `status` that count; when empty, all do.
        skips: values of the column `status` whose rows are not booked yet.
        bank_account: the account that this map's statements are of, if they are of one.
        total: whether a list without a total line at its end is cut off.
    """

    name: str
    kind: Kind
    header: tuple[str, ...]
    optional: tuple[str, ...]
    fields: Mapping[str, tuple[str, ...]]
    separator: str
    layout: Layout
    dates: Dates
    sign: int
    sides: Mapping[str, int]
    account: re.Pattern[str] | None
    counts: frozenset[str]
    skips: frozenset[str]
    bank_account: str
    total: bool

    def fits(self, cells: Sequence[str]) -> bool:
        """Tell whether a file's header is this list's, in any order."""
        lacks, more = self.differs(cells)
        return not (lacks or more or len(set(map(plain, cells))) < len(cells))

    def differs(self, cells: Sequence[str]) -> tuple[list[str], list[str]]:
        """Return the columns that a file lacks, and those that this list does not know."""
        found = {plain(cell) for cell in cells}
        known = {plain(column) for column in (*self.header, *self.optional)}
        lacks = [column for column in self.header if plain(column) not in found]
        return lacks, [cell for cell in cells if plain(cell) not in known]


def plain(name: str) -> str:
    """Return a column's name as it is compared."""
    return " ".join(visible(name).split()).casefold()


def load_maps(folders: Iterable[Path]) -> list[list[ColumnMap]]:
    """Read the maps of each folder, the shipped ones last; the first of a name counts.

    Raises:
        RefusedError: a map has a mistake; says which and where.
    """
    seen: set[str] = set()
    loaded = []
    for folder in (*folders, SHIPPED):
        maps = [_load(file) for file in sorted(folder.glob("*.toml"))]
        loaded.append([each for each in maps if each.name not in seen])
        seen |= {each.name for each in maps}
    return loaded


def choose(text: str, folders: Sequence[Path], name: str = "") -> ColumnMap:
    """Return the map of a list, by its name or by the list's header.

    Raises:
        UsageError: there is no map of that name.
        RefusedError: no map has the header, or several of one folder have.
    """
    loaded = load_maps(folders)
    known = [each for maps in loaded for each in maps]
    if name:
        named = [each for each in known if each.name == name]
        if not named:
            raise _no_map(name, known)
        known, loaded = named, [named]
    for maps in loaded:
        fitting = [each for each in maps if header_line(text, each)]
        if len(fitting) > 1:
            raise _several(fitting)
        if fitting:
            return fitting[0]
    raise _unknown(text, known, folders)


def header_line(text: str, wanted: ColumnMap) -> int:
    """Return the line of a list's header in a file, or 0."""
    for number, cells in _heads(text, wanted.separator, wanted.layout):
        if wanted.fits(cells):
            return number
    return 0


def _heads(text: str, separator: str, layout: Layout) -> Iterator[tuple[int, tuple[str, ...]]]:
    """Yield what can be the header: the first row of a CSV, any early row of a printed list."""
    head = "".join(islice(io.StringIO(text, newline=""), _SEARCHED))
    for line in cut(head, separator, layout):
        yield line.number, line.cells
        if layout == "csv":
            return


def _load(file: Path) -> ColumnMap:
    try:
        return _parse(tomllib.loads(file.read_text(encoding="utf-8")))
    except _MISTAKES as error:
        what = f"{type(error).__name__}: {error}"
        raise RefusedError(
            da=f"Kolonnekortet {file} kan ikke læses ({what}). Ret det; {SHIPPED / 'opus.toml'}"
            " er et forbillede.",
            en=f"The column map {file} cannot be read ({what}). Correct it;"
            f" {SHIPPED / 'opus.toml'} is a model.",
        ) from error


def _parse(data: dict[str, Any]) -> ColumnMap:
    kind, header = data.pop("kind"), tuple(data.pop("header"))
    fields = {
        field: tuple([columns] if isinstance(columns, str) else columns)
        for field, columns in data.pop("fields").items()
    }
    optional = tuple(data.pop("optional", ()))
    _check_fields(kind, (*header, *optional), fields)
    forms = data.pop("dates")
    for form in forms:
        if not re.compile(date_pattern(form)).groupindex.keys() >= {"day", "month", "year"}:
            raise ValueError(f"{form!r} needs dd, mm and yyyy")
    account = data.pop("account", None)
    made = ColumnMap(
        name=data.pop("name"),
        kind=kind,
        header=header,
        optional=optional,
        fields=fields,
        separator=data.pop("separator", ";"),
        layout=data.pop("layout", "csv"),
        dates=Dates(forms, *data.pop("years", (FIRST_YEAR, LAST_YEAR))),
        sign=_SIGNS[data.pop("sign", "+")],
        sides={letter.upper(): _SIGNS[sign] for letter, sign in data.pop("sides", {}).items()},
        account=re.compile(account) if account else None,
        counts=frozenset(map(plain, data.pop("counts", ()))),
        skips=frozenset(map(plain, data.pop("skips", ()))),
        bank_account=account_number(number) if (number := data.pop("bank_account", "")) else "",
        total=bool(data.pop("total", False)),
    )
    _check_whole(made)
    if data or made.layout not in {"csv", "print"} or len(made.separator) != 1:
        raise ValueError(f"unknown key or value: {sorted(data) or made.layout or made.separator}")
    return made


def _check_fields(
    kind: str,
    header: tuple[str, ...],
    fields: Mapping[str, tuple[str, ...]],
) -> None:
    if wrong := fields.keys() - _FIELDS[kind]:
        raise ValueError(f"unknown fields {sorted(wrong)}; known: {sorted(_FIELDS[kind])}")
    missing = {column for columns in fields.values() for column in columns} - set(header)
    if missing:
        raise ValueError(f"fields name columns that the header lacks: {sorted(missing)}")
    if "day" not in fields or not fields.keys() & {"amount", "plus"}:
        raise ValueError("fields need day, and amount (or plus and minus)")
    if "amount" in fields and fields.keys() & {"plus", "minus"}:
        raise ValueError("fields have amount, or plus and minus, not both")
    if len(fields.keys() & {"plus", "minus"}) == 1:
        raise ValueError("fields need both plus and minus")
    if kind == "erp" and ("voucher" not in fields or not fields.keys() & {"account", "funktion"}):
        raise ValueError("fields of an ERP list need voucher, and funktion or account")


def _check_whole(made: ColumnMap) -> None:
    """Refuse a map whose keys do not go together."""
    columns = [plain(column) for column in (*made.header, *made.optional)]
    if twice := {column for column in columns if columns.count(column) > 1}:
        raise ValueError(f"columns stand twice: {sorted(twice)}")
    if not _NAME.fullmatch(made.name):
        raise ValueError(f"name is letters a-å, digits and -, at most 30: {made.name!r}")
    if "side" in made.fields and not made.sides:
        raise ValueError("a column side needs sides, for example {D = '+', K = '-'}")
    if made.sign < 0 and "amount" not in made.fields:
        raise ValueError("sign is for amount; swap plus and minus instead")
    if made.account and "funktion" not in made.account.groupindex:
        raise ValueError("account needs a group (?P<funktion>...)")
    if made.bank_account and made.kind != "bank-csv":
        raise ValueError("bank_account is for statements of a bank")


def _no_map(name: str, known: Sequence[ColumnMap]) -> UsageError:
    names = ", ".join(each.name for each in known)
    return UsageError(
        da=f"Der er intet kolonnekort »{name}«. Kendte: {names}.",
        en=f"There is no column map '{name}'. Known: {names}.",
    )


def _several(fitting: Sequence[ColumnMap]) -> RefusedError:
    names = ", ".join(each.name for each in fitting)
    return RefusedError(
        da=f"Flere kolonnekort passer: {names}. Vælg et med --map.",
        en=f"Several column maps fit: {names}. Choose one with --map.",
    )


def _unknown(
    text: str,
    known: Sequence[ColumnMap],
    folders: Sequence[Path],
) -> RefusedError:
    for each in known:
        for separator in _OTHER_SEPARATORS:
            if any(each.fits(cells) for _, cells in _heads(text, separator, each.layout)):
                return _separated(each, separator)
    found = masked(next((line for line in text.splitlines() if line.strip()), ""))
    lists = "; ".join(f"{each.name}: {each.separator.join(each.header)}" for each in known)
    alike = _alike(text, known)
    folder = folders[0] if folders else "maps"
    model = SHIPPED / "opus.toml"
    return RefusedError(
        da=f"Linje 1: kolonnerne kendes ikke. Fundet: {found}.{alike.da} Kendte kolonnekort:"
        f" {lists}. Et nyt kræver ingen kode: kopiér {model} til {folder} (mappen maps i bogen),"
        " og ret navn og kolonner; filen forklarer sig selv.",
        en=f"Line 1: the columns are not known. Found: {found}.{alike.en} Known column maps:"
        f" {lists}. A new one needs no code: copy {model} to {folder} (the folder maps in the"
        " book) and correct name and columns; the file explains itself.",
    )


def _alike(text: str, known: Sequence[ColumnMap]) -> Text:
    """Say which known list is nearest, and what is other in the file: a column was renamed."""
    best: tuple[int, Text] = (_ALIKE, Text("", ""))
    for each in known:
        for _, cells in _heads(text, each.separator, each.layout):
            lacks, more = each.differs(cells)
            share = 100 - 100 * len(lacks) // len(each.header)
            if share > best[0]:
                missing, unknown = (masked(", ".join(names)) or "-" for names in (lacks, more))
                said = Text(
                    f" Det ligner {each.name}, men mangler: {missing}; ukendt: {unknown}.",
                    f" It is like {each.name}, but lacks: {missing}; unknown: {unknown}.",
                )
                best = (share, said)
    return best[1]


def _separated(wanted: ColumnMap, separator: str) -> RefusedError:
    found, right = (
        _OTHER_SEPARATORS.get(each, each).split("/") for each in (separator, wanted.separator)
    )
    return RefusedError(
        da=f"Linje 1: kolonnerne er adskilt af {found[0]}, ikke af {right[0]}"
        f" ({wanted.name}). Gem filen igen med {right[0]}.",
        en=f"Line 1: the columns are separated by {found[-1]}, not by {right[-1]}"
        f" ({wanted.name}). Save the file again with {right[-1]}.",
    )
