"""The second person: approves a payout, a correction, a reversal or an acceptance, or declines."""

from dataclasses import replace
from decimal import Decimal

from mikroledger.domain.acceptance import ACCEPT
from mikroledger.domain.ledger import Entry, Journal, Ledger, Record, Value
from mikroledger.domain.parts import belongs_to_nobody, of_id
from mikroledger.domain.periods import Month
from mikroledger.domain.portfolio import portfolio
from mikroledger.domain.proposals import open_proposals, same_person
from mikroledger.errors import RefusedError
from mikroledger.money import ZERO
from mikroledger.services.accept import accepted
from mikroledger.services.board import Board
from mikroledger.services.close import Closing, close, proposed_month
from mikroledger.services.correct import correction
from mikroledger.services.order import Outcome, Planned, Who, already, because, signed, submit
from mikroledger.services.pay import entries_for
from mikroledger.services.proposal import postings_of, sums_of
from mikroledger.services.reverse import reversal
from mikroledger.services.suspense import settle

_OWN = frozenset({"id", "by", "booked", "value"})


def countersign(
    journal: Journal,
    number: str,
    who: Who,
    *,
    dry_run: bool = False,
) -> Outcome:
    """Book a proposal under its own id, after looking again; a month that was prepared is closed.

    Raises:
        RefusedError: unknown, ended, signed by its maker, or the book has changed under it.
    """
    who = replace(who, by=signed(who.by))
    months: list[Month] = []

    def make(ledger: Ledger) -> Planned | Outcome:
        proposal = _proposal(ledger, number, who)
        if isinstance(proposal, Outcome):
            return proposal
        if proposal.values[0] == ACCEPT:
            return Planned((accepted(proposal, who),))
        if month := proposed_month(proposal):
            months.append(month)  # it is about the whole book, not about what the id tells
            return already(proposal)
        board = Board(ledger, who.today)
        for entry in _booking(board, proposal, who):
            board.add(entry)
        settle(board, proposal.get("payment"), proposal.get("reference"))
        return Planned(board.flow_back())

    outcome = submit(journal, "countersign", who, make, about=(of_id(number),), dry_run=dry_run)
    return close(journal, Closing(months[0]), who, dry_run=dry_run) if months else outcome


def decline(
    journal: Journal,
    number: str,
    reason: str,
    who: Who,
    *,
    dry_run: bool = False,
) -> Outcome:
    """End a proposal without booking it; its maker may do so too.

    Raises:
        UsageError: no reason.
        RefusedError: there is no such open proposal.
    """
    who = replace(who, by=signed(who.by))
    reason = because(reason)

    def make(ledger: Ledger) -> Planned | Outcome:
        for record in ledger.records("declined"):
            if record.values[0] == number:
                return already(record)
        proposal = open_proposals(ledger).get(number)
        if proposal is None:
            raise _unknown(number)
        meta: dict[str, Value] = {
            "kind": "declined",
            "proposal": number,
            "loan": proposal.get("loan"),
            "amount": _amount(proposal),
            "reason": reason,
        }
        if proposal.values[0] == ACCEPT and belongs_to_nobody(proposal):
            del meta["proposal"]  # the tie would make it somebody's, and others not see it
        kept = {k: v for k, v in meta.items() if v != ""}
        return Planned((Record(who.today, "declined", (number,), meta=kept),))

    return submit(journal, "decline", who, make, about=(of_id(number),), dry_run=dry_run)


def _amount(proposal: Record) -> Value:
    """Return what a proposal is about in kroner; a month is about none."""
    amounts = [value for value in proposal.values if isinstance(value, Decimal)]
    return proposal.meta.get("amount", next(iter(amounts), ZERO))


def _unknown(number: str) -> RefusedError:
    return RefusedError(
        da=f"Intet venter på godkendelse under {number}. Se det, der venter, med"
        " »mikroledger check« og »mikroledger show LÅN«.",
        en=f"Nothing waits for approval under {number}. See what waits with"
        " 'mikroledger check' and 'mikroledger show LOAN'.",
    )


def _proposal(ledger: Ledger, number: str, who: Who) -> Record | Outcome:
    """Find the open proposal, and refuse the person who made it."""
    proposal = open_proposals(ledger).get(number)
    if proposal is None:
        for entry in ledger.by_id.get(number, ()):
            if entry.get("countersigned") == who.by:
                return already(entry)
            if entry.get("countersigned"):
                raise RefusedError(
                    da=f"{number} er allerede godkendt af {entry.get('countersigned')}.",
                    en=f"{number} has been approved by {entry.get('countersigned')} already.",
                )
        raise _unknown(number)
    if same_person(proposal.by, who.by):
        raise RefusedError(
            da=f"{number} er lavet af {proposal.by}. En anden person skal godkende den."
            " Bed en kollega køre samme kommando med sine egne initialer.",
            en=f"{number} was made by {proposal.by}. Another person must approve it. Ask a"
            " colleague to run the same command with their own initials.",
        )
    return proposal


def _booking(board: Board, proposal: Record, who: Who) -> list[Entry]:
    """Look again, and return what the proposal comes to now."""
    meta: dict[str, Value] = {k: v for k, v in proposal.meta.items() if k not in _OWN}
    meta.pop("key", None)  # the key stays with the proposal, which names the same record
    meta |= {
        "id": proposal.id,
        "by": proposal.by,
        "proposal": proposal.id,
        "countersigned": who.by,
        "value": proposal.value,
    }
    match proposal.values[0]:
        case "disburse":
            payment = board.get(proposal.get("payment"))
            return entries_for(payment, "disburse", meta)
        case "reclassify":
            made = correction(portfolio(board.ledger, who.today), proposal.get("payment"))
        case _:
            made = reversal(board, proposal.get("reverses"))
    if sums_of(made) != postings_of(proposal):
        raise _changed_since(proposal)
    kept = {k: v for k, v in made.meta.items() if k != "key"}
    return [replace(made, meta={**kept, **meta}, day=who.today)]


def _changed_since(proposal: Record) -> RefusedError:
    return RefusedError(
        da=f"Bogen har ændret sig, siden {proposal.id} blev foreslået. Afvis forslaget med"
        f" »mikroledger countersign {proposal.id} --decline --reason TEKST«, og foreslå igen.",
        en=f"The book has changed since {proposal.id} was proposed. Decline it with"
        f" 'mikroledger countersign {proposal.id} --decline --reason TEXT', and propose anew.",
    )
