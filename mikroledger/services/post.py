"""Post: hand the letters over to those who carry them, and keep what became of each.

A digital letter becomes a MeMo message; those on paper become one file for the printer. A
batch lies ready before the book says that it was handed over, and appears after: whatever
happens in between, each letter is handed over once.
"""

import hashlib
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import date, timedelta
from typing import Any

from mikroledger.domain.ledger import Journal, Ledger, Record, Value
from mikroledger.domain.parts import of_loan
from mikroledger.domain.policy import Policy, policy_on
from mikroledger.domain.portfolio import RETURNED, Letter, Portfolio, portfolio
from mikroledger.domain.post import (
    DELIVERED,
    DELIVERY,
    HANDED_OVER,
    MADE,
    Channel,
    Delivery,
    Parcel,
    batch_name,
    batches,
    by_postcode,
    deliveries,
    of_channel,
)
from mikroledger.domain.rooms import Debtors, Mailroom, Outbox, Tray
from mikroledger.errors import BrokenBookError, MikroledgerError, NotCertainError, RefusedError
from mikroledger.money import ZERO
from mikroledger.services.letters_ import language
from mikroledger.services.order import (
    Outcome,
    Planned,
    Who,
    at_line,
    not_after,
    signed,
    submit,
    tidy_up,
)
from mikroledger.services.remind import Progress, unseen
from mikroledger.services.survey import ask

INDEX, PRINT = "index.csv", "print.pdf"


@dataclass(frozen=True, slots=True)
class PostRoom:
    """The rooms that post passes through."""

    journal: Journal
    debtors: Debtors
    outbox: Outbox
    tray: Tray
    mailroom: Mailroom


@dataclass(frozen=True, slots=True)
class Item:
    """A letter of ours and where it is."""

    letter: str
    loan: str
    kind: str
    level: int
    on: date
    file: str
    state: str
    since: date
    channel: str
    batch: str
    uuid: str
    steps: int
    cancelled: bool


@dataclass(frozen=True, slots=True)
class Dispatch:
    """A batch: what is in it, and which letters are not, with the reason.

    Args:
        batch: its name; empty where there was nothing to hand over.
        old: letters that have lain too long: their deadlines would be too near.
        finished: batches that a crash had kept back, and that appeared now.
    """

    batch: str
    sent: tuple[Parcel, ...]
    left: tuple[tuple[Item, MikroledgerError], ...]
    old: tuple[Item, ...] = ()
    finished: tuple[str, ...] = ()
    head: str = ""


@dataclass(frozen=True, slots=True)
class Receipt:
    """What those who carry letters report of one, by its id or its message's UUID."""

    line: int
    letter: str
    state: str
    on: date


def items(journal: Journal) -> tuple[Item, ...]:
    """Return every letter of ours with its state, oldest first.

    Raises:
        BrokenBookError: the book does not load.
    """

    def answer(part: Ledger) -> list[list[Any]]:
        return [_packed(item) for item in _items(portfolio(part, date.max))]

    found = [_unpacked(row) for rows in ask(journal, "post", None, answer) for row in rows]
    return tuple(sorted(found, key=lambda item: (item.on, item.loan, item.letter)))


def _items(folio: Portfolio) -> Iterator[Item]:
    known = deliveries(folio.ledger)
    for loan in folio.loans.values():
        for letter in loan.letters:
            if letter.ours:
                yield _item(letter, known.get(letter.record.id, ()))


def _item(letter: Letter, steps: Sequence[Delivery]) -> Item:
    over = [step for step in steps if step.state == HANDED_OVER]
    return Item(
        letter=letter.record.id,
        loan=letter.loan,
        kind=letter.kind,
        level=letter.level,
        on=letter.on,
        file=letter.record.get("file"),
        state=steps[-1].state if steps else MADE,
        since=steps[-1].on if steps else letter.on,
        channel=over[-1].channel if over else "",
        batch=over[-1].batch if over else "",
        uuid=over[-1].uuid if over else "",
        steps=len(steps),
        cancelled=letter.cancelled,
    )


_DAYS = ("on", "since")


def _packed(item: Item) -> list[Any]:
    values = (getattr(item, name) for name in Item.__slots__)
    return [value.isoformat() if isinstance(value, date) else value for value in values]


def _unpacked(row: Sequence[Any]) -> Item:
    named: dict[str, Any] = dict(zip(Item.__slots__, row, strict=True))
    for name in _DAYS:
        named[name] = date.fromisoformat(named[name])
    return Item(**named)


# Handing over


def dispatch(
    room: PostRoom,
    who: Who,
    progress: Progress = unseen,
    *,
    dry_run: bool = False,
) -> Dispatch:
    """Hand over every letter that waits, as one batch.

    A letter that was returned from a mailbox goes on paper. What cannot go is left with its
    reason, and keeps nothing else back.

    Raises:
        UsageError: nobody signs.
        RefusedError: letters still name the example sender, or another command was first.
        NotCertainError: the disk did not take it; run the same command again.
    """
    who = replace(who, by=signed(who.by))
    all_ = items(room.journal)
    finished = () if dry_run else room.tray.recover(lambda: handed_over_batches(room.journal))
    policy = policy_on(room.journal.read(()), who.today)
    waiting = [item for item in all_ if _waits(item)]
    old = tuple(item for item in waiting if _is_old(item, policy))
    waiting = [item for item in waiting if item not in old]
    sent, left = _parcels(room, waiting, policy, progress)
    if not sent and not dry_run:
        tidy_up(room.journal)
    if not sent or dry_run:
        return Dispatch("", tuple(sent), tuple(left), old, finished)
    _not_an_example(policy)
    batch = batch_name((f"{p.letter}/{p.channel}" for p in sent), who.today)
    with in_tray(room.tray, batch, _files(room, sent)):
        head = _record(room.journal, batch, sent, all_, who)
    return Dispatch(batch, tuple(sent), tuple(left), old, finished, head)


@contextmanager
def in_tray(tray: Tray, batch: str, files: Iterable[tuple[str, bytes]]) -> Iterator[None]:
    """Let a batch lie ready while it is booked, and appear then; what was refused goes away.

    After any other error nobody knows whether it is booked; the next command finds out.
    """
    tray.prepare(batch, files)
    try:
        yield
    except RefusedError:
        tray.discard(batch)
        raise
    tray.hand_over(batch)


def handed_over_batches(journal: Journal) -> frozenset[str]:
    """Return the batches that the book says were handed over.

    Raises:
        BrokenBookError: the book does not load.
    """
    parts = ask(journal, "batches", None, lambda part: sorted(batches(part)))
    return frozenset(batch for part in parts for batch in part)


def _waits(item: Item) -> bool:
    again = item.state == RETURNED and item.channel == "digital"
    return (item.state == MADE or again) and not item.cancelled


def _parcels(
    room: PostRoom,
    waiting: Sequence[Item],
    policy: Policy,
    progress: Progress,
) -> tuple[list[Parcel], list[tuple[Item, MikroledgerError]]]:
    sent: list[Parcel] = []
    left: list[tuple[Item, MikroledgerError]] = []
    ledger = room.journal.read({of_loan(item.loan) for item in waiting})
    folio = portfolio(ledger, policy.day)
    for done, item in enumerate(waiting):
        progress(done, len(waiting), item.loan)
        try:
            sent.append(_parcel(room, folio, item, policy))
        except (NotCertainError, BrokenBookError):
            raise
        except MikroledgerError as error:
            left.append((item, error))
    return sent, left


def _parcel(room: PostRoom, folio: Portfolio, item: Item, policy: Policy) -> Parcel:
    """Return a letter ready to go.

    Raises:
        RefusedError: it is not what was recorded, or its addressee is gone.
    """
    letter = next(n for n in folio.loans[item.loan].letters if n.record.id == item.letter)
    to = room.debtors.recipient(folio.loans[item.loan].case.debtor)
    on_paper: Channel = "print"
    parcel = Parcel(
        letter=item.letter,
        loan=item.loan,
        kind=item.kind,
        level=item.level,
        on=item.on,
        file=item.file,
        sha256=letter.record.get("sha256"),
        channel=on_paper if item.state == RETURNED else to.channel,
        to=to,
        municipality=policy.text("municipality"),
        office=policy.text("office"),
        cvr=policy.text("cvr"),
        language=language(policy),
    )
    pdf = _pdf(room, parcel)
    if parcel.channel == "digital":
        room.mailroom.memo(parcel, pdf)  # what Digital Post would refuse is left here, alone
    return parcel


def _pdf(room: PostRoom, parcel: Parcel) -> bytes:
    """Return the letter itself.

    Raises:
        RefusedError: it is not there, or not what was recorded.
    """
    pdf = room.outbox.get(parcel.file)
    if pdf is None or hashlib.sha256(pdf).hexdigest() != parcel.sha256:
        raise RefusedError(
            da=f"{parcel.file} er væk eller ændret. Se »mikroledger verify«.",
            en=f"{parcel.file} is gone or was changed. See 'mikroledger verify'.",
        )
    return pdf


def _is_old(item: Item, policy: Policy) -> bool:
    """Tell whether a letter has lain so long that its deadline would be too near."""
    most = timedelta(days=policy.number("post-within-days"))
    return item.state == MADE and item.on + most < policy.day


def _not_an_example(policy: Policy) -> None:
    if policy.is_example:
        raise RefusedError(
            da="Brevene bærer eksemplets kreditornummer, så de kan ikke sendes. Ret"
            " policy.beancount, og lav brevene igen.",
            en="The letters bear the example's creditor number, so they cannot be sent. Edit"
            " policy.beancount, and make the letters again.",
        )


def _files(room: PostRoom, sent: Sequence[Parcel]) -> Iterator[tuple[str, bytes]]:
    """Yield the files of a batch, one at a time."""
    rows: list[tuple[Parcel, str, tuple[int, int] | None]] = []
    for parcel in of_channel(list(sent), "digital"):
        name = f"{parcel.name}.xml"
        yield name, room.mailroom.memo(parcel, _pdf(room, parcel))
        rows.append((parcel, name, None))
    on_paper = by_postcode(list(of_channel(list(sent), "print")))
    if on_paper:
        content, places = room.mailroom.bundle(on_paper, lambda parcel: _pdf(room, parcel))
        yield PRINT, content
        rows += [(p, PRINT, place) for p, place in zip(on_paper, places, strict=True)]
    yield INDEX, room.mailroom.index(rows)


def _record(
    journal: Journal,
    batch: str,
    sent: Sequence[Parcel],
    all_: Iterable[Item],
    who: Who,
) -> str:
    """Book the hand-over of a batch as one commit, and return the head."""
    steps = {item.letter: item.steps for item in all_}

    def make(ledger: Ledger) -> Planned | Outcome:
        known = deliveries(ledger)
        for parcel in sent:
            if len(known.get(parcel.letter, ())) != steps[parcel.letter]:
                raise RefusedError(
                    da=f"Brev {parcel.letter} blev afleveret af en anden kommando imens. Kør"
                    " igen.",
                    en=f"Letter {parcel.letter} was handed over by another command meanwhile."
                    " Run again.",
                )
        return Planned(tuple(_handed_over(p, batch, steps[p.letter], who.today) for p in sent))

    about = {of_loan(parcel.loan) for parcel in sent}
    return submit(journal, "post", who, make, about=about, dry_run=False).head


def _handed_over(parcel: Parcel, batch: str, step: int, today: date) -> Record:
    meta: dict[str, Value] = {
        "kind": DELIVERY,
        "loan": parcel.loan,
        "evidence": parcel.letter,
        "channel": parcel.channel,
        "batch": batch,
        "key": f"delivery:{parcel.letter}/{step}",
    }
    if parcel.channel == "digital":
        meta["uuid"] = parcel.uuid
    return Record(today, DELIVERY, (HANDED_OVER,), meta=meta)


# What became of them


def receive(
    journal: Journal,
    receipts: Sequence[Receipt],
    who: Who,
    *,
    dry_run: bool = False,
) -> Outcome | None:
    """Record that letters were delivered or came back, all or none; None if it is known.

    Raises:
        RefusedError: a line names no letter of ours, or a day that has not come.
    """
    who = replace(who, by=signed(who.by))
    there = items(journal)
    by_name = {item.letter: item for item in there} | {i.uuid: i for i in there if i.uuid}
    named = [(receipt, _named(receipt, by_name, who.today)) for receipt in receipts]
    fresh: list[Record] = []

    def make(ledger: Ledger) -> Planned | Outcome:
        known = {name: list(steps) for name, steps in deliveries(ledger).items()}
        fresh.clear()
        for receipt, item in named:
            steps = known.setdefault(item.letter, [])
            if any((s.state, s.on) == (receipt.state, receipt.on) for s in steps):
                continue
            fresh.append(_received(receipt, item, len(steps)))
            steps.append(Delivery(item.letter, receipt.state, receipt.on, "", "", ""))
        return Planned(tuple(fresh)) if fresh else Outcome("", "", who.today, ZERO, "already")

    about = {of_loan(item.loan) for _, item in named}
    outcome = submit(journal, "receipt", who, make, about=about, dry_run=dry_run)
    return outcome if fresh else None


def _named(receipt: Receipt, by_name: dict[str, Item], today: date) -> Item:
    with at_line(receipt.line):
        not_after(receipt.on, today)
        return _known(receipt.letter, by_name)


def _known(name: str, by_name: dict[str, Item]) -> Item:
    if name not in by_name:
        raise RefusedError(
            da=f"Der er intet brev {name}. Se dem med »mikroledger post list«.",
            en=f"There is no letter {name}. See them with 'mikroledger post list'.",
        )
    return by_name[name]


def _received(receipt: Receipt, item: Item, step: int) -> Record:
    assert receipt.state in {DELIVERED, RETURNED}, f"{receipt.state} is no receipt"
    meta: dict[str, Value] = {
        "kind": DELIVERY,
        "loan": item.loan,
        "evidence": item.letter,
        "key": f"delivery:{item.letter}/{step}",
    }
    return Record(receipt.on, DELIVERY, (receipt.state,), meta=meta)
