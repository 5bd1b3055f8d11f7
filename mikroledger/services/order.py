"""What all orders share: idempotency keys, who, when, and what became of it."""

import re
from collections.abc import Callable, Collection, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal
from typing import Literal

from mikroledger.days import long_day
from mikroledger.domain.case import Case, cases
from mikroledger.domain.ledger import Draft, Entry, Journal, Ledger, Record, Transaction
from mikroledger.domain.periods import closed_through, dated
from mikroledger.domain.personal import has_cpr
from mikroledger.errors import RefusedError, UsageError
from mikroledger.money import ZERO, danish
from mikroledger.words import Text

Result = Literal["booked", "already", "proposed"]


@dataclass(frozen=True, slots=True)
class Who:
    """Who gives the order, and on which day."""

    by: str
    today: date


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of an order (product.md, the JSON contract)."""

    id: str
    loan: str
    day: date
    amount: Decimal
    outcome: Result
    commit: str = ""
    entries: tuple[Entry, ...] = ()
    text: str = ""
    head: str = ""
    notes: tuple[Text, ...] = ()


@dataclass(frozen=True, slots=True)
class Planned:
    """The entries that an order wants booked, and which of them it is known by."""

    entries: tuple[Entry, ...]
    main: int = 0
    notes: tuple[Text, ...] = ()


Maker = Callable[[Ledger], Planned | Outcome]


def submit(
    journal: Journal,
    verb: str,
    who: Who,
    make: Maker,
    *,
    about: Collection[str] | None = None,
    dry_run: bool,
) -> Outcome:
    """Give an order to the journal, and tell what became of it.

    Args:
        about: names (`domain.parts`) of all that the order can be about, if it is not the book.
    """
    settled: list[Planned | Outcome] = []

    def drafting(ledger: Ledger) -> Draft | None:
        made = make(ledger)
        settled.append(made)
        if isinstance(made, Outcome):
            return None
        _impersonal(made.entries)
        entries = _in_open_months(ledger, made.entries, who.today)
        return Draft(verb, tuple(map(_lean, entries)), who.today, who.by)

    receipt = journal.write(drafting, about=about, dry_run=dry_run)
    made = settled[-1]
    if isinstance(made, Outcome):
        return made
    assert receipt is not None, "a draft gives a receipt"
    main = receipt.entries[made.main]
    return Outcome(
        id=main.id,
        loan=main.get("loan"),
        day=main.value,
        amount=amount_of(main),
        outcome="proposed" if _is(main, "proposal") else "booked",
        commit="" if dry_run else receipt.commit,
        entries=receipt.entries,
        text=receipt.text,
        head=receipt.head,
        notes=made.notes,
    )


def tidy_up(journal: Journal) -> None:
    """Book nothing, and let the journal put in order what an interrupted command left.

    A command that finds its work done may be the same command given again.

    Raises:
        BrokenBookError: the book does not load.
        NotCertainError: another command is booking, or the disk does not take it.
    """
    journal.write(lambda _: None, about=())


_TYPED = ("reason", "ml-ignore", "centre", "support", "decision", "reference", "key")
_COUNTED = frozenset({"reference", "key"})


def _impersonal(entries: tuple[Entry, ...]) -> None:
    """Refuse a CPR number in what somebody typed: the ledger never forgets."""
    for entry in entries:
        for name in _TYPED:
            if has_cpr(entry.get(name), dashed=name in _COUNTED):
                raise RefusedError(
                    da=f"Teksten i »{name}« ligner et CPR-nummer. Skriv den uden; registret ved,"
                    " hvem låntageren er. Intet er bogført.",
                    en=f"The text in '{name}' looks like a CPR number. Write it without; the"
                    " register knows who the borrower is. Nothing was booked.",
                )


def _in_open_months(
    ledger: Ledger,
    entries: tuple[Entry, ...],
    today: date,
) -> Iterator[Entry]:
    """Date entries of closed months on the first open day; their value day stays (house.md)."""
    closed = closed_through(ledger)
    if closed and today <= closed:
        raise RefusedError(
            da=f"I dag er {long_day(today, 'da')}, og den måned er lukket. Går maskinens ur"
            " rigtigt? Intet er bogført.",
            en=f"Today is {long_day(today, 'en')}, and that month is closed. Is the machine's"
            " clock right? Nothing was booked.",
        )
    return (dated(entry, closed) for entry in entries)


def _lean(entry: Entry) -> Entry:
    """Leave a value day out where it is the entry's own day (docs/book-format.md)."""
    if entry.meta.get("value") != entry.day:
        return entry
    return replace(entry, meta={k: v for k, v in entry.meta.items() if k != "value"})


def _is(entry: Entry, name: str) -> bool:
    return isinstance(entry, Record) and entry.name == name


def amount_of(entry: Entry) -> Decimal:
    """Return the amount that an entry is about: what was ordered, else its debits."""
    ordered = entry.meta.get("amount")
    if isinstance(ordered, Decimal):
        return ordered
    if isinstance(entry, Transaction):
        return entry.debits
    if isinstance(entry, Record):
        amounts = [v for v in entry.values if isinstance(v, Decimal)]
        return sum((v for v in amounts if v > ZERO), ZERO) or sum(amounts, ZERO)
    return ZERO


def seen(ledger: Ledger, key: str, same: dict[str, object]) -> Outcome | None:
    """Look a key up in the whole book.

    Returns:
        The outcome to answer with if the same order is booked already, None if the key is new.

    Raises:
        RefusedError: the key names another record.
    """
    entry = ledger.keys.get(key)
    if entry is None:
        return None
    if all(_content(entry, name) == wanted for name, wanted in same.items()):
        return already(entry)
    amount, loan = amount_of(entry), entry.get("loan")
    shown = key.partition(":")[2] or key
    raise RefusedError(
        da=f"Nøglen {shown} er allerede brugt den {long_day(entry.booked, 'da')} til"
        f" {danish(amount)} kr. på {loan or 'en anden postering'} ({entry.id}) med andet"
        " indhold. Intet er bogført. Brug en ny --key eller --ref, hvis det er en ny betaling.",
        en=f"The key {shown} was used on {entry.booked} for {danish(amount)} kr. on"
        f" {loan or 'another entry'} ({entry.id}) with other content. Nothing was booked."
        " Use a new --key or --ref if this is a new payment.",
    )


def _content(entry: Entry, name: str) -> object:
    match name:
        case "amount":
            return amount_of(entry)
        case "value":
            return entry.value
        case _:
            return entry.meta.get(name, "")


def already(entry: Entry) -> Outcome:
    """Answer that an entry is in the book."""
    return Outcome(entry.id, entry.get("loan"), entry.value, amount_of(entry), "already")


def the_case(ledger: Ledger, number: str) -> Case:
    """Return a decision by number.

    Raises:
        RefusedError: there is none.
    """
    case = cases(ledger).get(number)
    if case is None:
        raise RefusedError(
            da=f"Der er intet lån {number}. Se lånene med »mikroledger list«,"
            " eller registrér bevillingen med »mikroledger approve«.",
            en=f"There is no loan {number}. See the loans with 'mikroledger list',"
            " or record the decision with 'mikroledger approve'.",
        )
    return case


def the_loan(ledger: Ledger, number: str) -> Case:
    """Return a decision that is a loan.

    Raises:
        RefusedError: there is none, or it is a grant or a benefit.
    """
    case = the_case(ledger, number)
    if case.kind != "loan":
        word = {"grant": ("et tilskud", "a grant"), "subsistence": ("forsørgelse", "subsistence")}
        da, en = word[case.kind]
        raise RefusedError(
            da=f"{number} er {da} og ikke et lån. Kun lån udbetales og afdrages her.",
            en=f"{number} is {en}, not a loan. Only loans are paid out and repaid here.",
        )
    return case


def positive(amount: Decimal) -> None:
    """Refuse an amount that is not above zero.

    Raises:
        UsageError: it is zero or negative.
    """
    if amount <= ZERO:
        raise UsageError(
            da=f"Beløbet skal være større end nul; det var {danish(amount)} kr."
            " En postering tages tilbage med »mikroledger reverse«.",
            en=f"The amount must be above zero; it was {danish(amount)} kr."
            " A posting is taken back with 'mikroledger reverse'.",
        )


def not_after(day: date, today: date) -> None:
    """Refuse a value day in the future.

    Raises:
        RefusedError: `day` is after `today`.
    """
    if day > today:
        raise RefusedError(
            da=f"Den {long_day(day, 'da')} er ikke kommet endnu (i dag er"
            f" {long_day(today, 'da')}). Bogfør, når pengene har bevæget sig.",
            en=f"{long_day(day, 'en')} has not come yet (today is {long_day(today, 'en')})."
            " Book it when the money has moved.",
        )


@contextmanager
def at_line(line: int) -> Iterator[None]:
    """Say in a refusal which line of a list it is about."""
    try:
        yield
    except RefusedError as error:
        raise RefusedError(
            da=f"Linje {line}: {error.text.da}",
            en=f"Line {line}: {error.text.en}",
        ) from error


def because(reason: str) -> str:
    """Return the reason that an act is kept with.

    Raises:
        UsageError: there is none.
    """
    if not reason.strip():
        raise UsageError(da="Skriv hvorfor med --reason.", en="Say why with --reason.")
    return reason.strip()


_INITIALS = re.compile(r"[\w.@-]{1,20}")


def signed(by: str) -> str:
    """Return the initials that an entry is kept under.

    Raises:
        UsageError: there are none.
    """
    if by.strip() and (has_cpr(by) or not _INITIALS.fullmatch(by.strip())):
        raise UsageError(
            da="--by er dine initialer: højst 20 bogstaver og cifre, ingen mellemrum.",
            en="--by is your initials: at most 20 letters and digits, no blanks.",
        )
    if not by.strip():
        raise UsageError(
            da="Hvem bogfører? Giv dine initialer med --by, eller sæt MIKROLEDGER_BY.",
            en="Who books this? Give your initials with --by, or set MIKROLEDGER_BY.",
        )
    return by.strip()
