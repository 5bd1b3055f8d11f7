"""Hand claims over to Gældsstyrelsen: the list, and the stop that ends our own reminders."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import Any

from mikroledger.domain.handover import Candidate, Claim, candidate
from mikroledger.domain.ledger import Journal, Ledger, Record, Value
from mikroledger.domain.parts import of_loan
from mikroledger.domain.policy import Policy, policy_on
from mikroledger.domain.portfolio import HANDED_OVER, Loan, portfolio
from mikroledger.domain.post import Recipient, batch_name
from mikroledger.domain.rule import Rule, check
from mikroledger.errors import RefusedError
from mikroledger.money import kroner
from mikroledger.services.order import (
    Maker,
    Outcome,
    Planned,
    Who,
    already,
    signed,
    submit,
    the_loan,
    tidy_up,
)
from mikroledger.services.post import PostRoom, handed_over_batches, in_tray
from mikroledger.services.survey import ask

LIST = "gaeldsstyrelsen.csv"


@dataclass(frozen=True, slots=True)
class HandedOver:
    """What was handed over, and the batch that holds the list.

    Args:
        finished: batches that a crash had kept back, and that appeared now.
    """

    outcome: Outcome
    batch: str
    claims: tuple[Claim, ...]
    finished: tuple[str, ...] = ()


def candidates(
    journal: Journal,
    rules: Sequence[Rule],
    as_of: date,
    today: date,
    known_on: date | None = None,
) -> tuple[Candidate, ...]:
    """Return the loans with late instalments: those that may go, and those that may not and why.

    Raises:
        BrokenBookError: the book does not load.
    """
    common = journal.read(())

    def answer(part: Ledger) -> list[str]:
        return [each.loan for each in _judged(rules, part, as_of, today)]

    question = f"hand-over {as_of} {today} {common.newest} {len(common.flaws)}"
    parts = ask(journal, question, known_on, answer)
    told = {loan for loans in parts for loan in loans}
    ledger = journal.read({of_loan(loan) for loan in told})
    ledger = ledger.known_on(known_on) if known_on else ledger
    return tuple(each for each in _judged(rules, ledger, as_of, today) if each.loan in told)


def _judged(
    rules: Sequence[Rule],
    ledger: Ledger,
    as_of: date,
    today: date,
) -> list[Candidate]:
    folio = portfolio(ledger, as_of)
    late = [folio.loans[n] for n in sorted(folio.loans) if folio.loans[n].arrears.amount]
    found = check(rules, folio) if late else None
    return [candidate(folio, found, loan, today) for loan in late if found is not None]


def hand_over(
    room: PostRoom,
    rules: Sequence[Rule],
    loans: Sequence[str],
    who: Who,
    *,
    dry_run: bool = False,
) -> HandedOver:
    """Hand the late instalments of some loans over: all of these loans or none.

    Their list appears in `outgoing/` once the book says that they were handed over.

    Raises:
        RefusedError: a loan may not go (every reason is told), policy names no type of claim,
            or the register has no number of a borrower.
    """
    who = replace(who, by=signed(who.by))
    finished = () if dry_run else room.tray.recover(lambda: handed_over_batches(room.journal))
    names = tuple(dict.fromkeys(loans))
    ledger = room.journal.read({of_loan(loan) for loan in names})
    for loan in names:
        the_loan(ledger, loan)
    if done := _all_done(ledger, names, who.today):
        if not dry_run:
            tidy_up(room.journal)
        return HandedOver(already(done), done.get("batch"), (), finished)
    chosen = _chosen(rules, ledger, names, who.today)
    claims = tuple(claim for each in chosen for claim in each.claims)
    batch = batch_name((f"{claim.number}/{claim.missing}" for claim in claims), who.today)
    content = _list(room, ledger, claims, who.today)

    def make(now: Ledger) -> Planned | Outcome:
        if _chosen(rules, now, names, who.today) != chosen:
            raise _changed()
        return Planned(tuple(_stop(each, batch, who.today) for each in chosen))

    if dry_run:
        return HandedOver(_submit(room, make, names, who, dry_run=True), batch, claims)
    with in_tray(room.tray, batch, [(LIST, content)]):
        outcome = _submit(room, make, names, who, dry_run=False)
    return HandedOver(outcome, batch, claims, finished)


def _submit(
    room: PostRoom,
    make: Maker,
    loans: Sequence[str],
    who: Who,
    *,
    dry_run: bool,
) -> Outcome:
    about = {of_loan(loan) for loan in loans}
    return submit(room.journal, "hand-over", who, make, about=about, dry_run=dry_run)


def _list(room: PostRoom, ledger: Ledger, claims: Sequence[Claim], today: date) -> bytes:
    """Return the list for Gældsstyrelsen."""
    policy = policy_on(ledger, today)
    rows = [(claim, _identified(room, claim)) for claim in claims]
    return room.mailroom.claims(rows, _claim_type(policy), policy.text("cvr"))


def _all_done(ledger: Ledger, loans: Sequence[str], today: date) -> Record | None:
    """Return the record of a hand-over, where all of these loans are handed over already."""
    folio = portfolio(ledger, today)
    found = {
        hold.loan: hold.id
        for loan in loans
        for hold in folio.loans[loan].held
        if hold.code == HANDED_OVER
    }
    if set(found) != set(loans):
        return None
    return next(r for r in ledger.records("hold") if r.id == found[loans[0]])


def _chosen(
    rules: Sequence[Rule],
    ledger: Ledger,
    loans: Sequence[str],
    today: date,
) -> list[Candidate]:
    """Return the loans as they are judged now.

    Raises:
        RefusedError: one of them may not go.
    """
    folio = portfolio(ledger, today)
    found = check(rules, folio)
    judged = [candidate(folio, found, folio.loans[loan], today) for loan in loans]
    for each in judged:
        if not each.ready:
            da = " ".join(reason.text.da for reason in each.reasons)
            en = " ".join(reason.text.en for reason in each.reasons)
            raise RefusedError(
                da=f"{each.loan} kan ikke overdrages. {da}",
                en=f"{each.loan} cannot be handed over. {en}",
            )
    return judged


def _changed() -> RefusedError:
    return RefusedError(
        da="Bogen har ændret sig imens. Intet er overdraget; se lånene igen.",
        en="The book has changed meanwhile. Nothing was handed over; look at the loans again.",
    )


def _claim_type(policy: Policy) -> str:
    if kind := policy.text("claim-type"):
        return kind
    raise RefusedError(
        da="Kommunens fordringstype mangler. Skriv den fra jeres aftalegrundlag med"
        ' Gældsstyrelsen i policy.beancount: custom "mikroledger" "claim-type" "...".',
        en="The municipality's type of claim is missing. Write it, from your agreement with"
        ' Gældsstyrelsen, into policy.beancount: custom "mikroledger" "claim-type" "...".',
    )


def _identified(room: PostRoom, claim: Claim) -> Recipient:
    to = room.debtors.recipient(claim.debtor)
    if not to.number:
        raise RefusedError(
            da=f"{claim.debtor} ({claim.loan}) har intet CPR- eller CVR-nummer i registret, så"
            " skyldneren kan ikke identificeres. Intet er overdraget.",
            en=f"{claim.debtor} ({claim.loan}) has no CPR or CVR number in the register, so the"
            " debtor cannot be identified. Nothing was handed over.",
        )
    return to


def _stop(each: Candidate, batch: str, today: date) -> Record:
    """Return the record that a loan was handed over; it stops our own reminders."""
    meta: dict[str, Value] = {
        "kind": "hold",
        "loan": each.loan,
        "reason": "Overdraget til inddrivelse",
        "amount": each.amount,
        "claims": ", ".join(f"{c.instalment} {c.missing}" for c in each.claims),
        "evidence": each.evidence,
        "batch": batch,
        "key": f"hand-over:{each.loan}/{batch}",
    }
    return Record(today, "hold", (HANDED_OVER,), meta=meta)


def repaid_since(
    journal: Journal,
    as_of: date,
    known_on: date | None = None,
) -> list[Mapping[str, Any]]:
    """Return what was repaid here after a hand-over: Gældsstyrelsen is to be told of it.

    Raises:
        BrokenBookError: the book does not load.
    """

    def answer(part: Ledger) -> list[list[str]]:
        loans = portfolio(part, as_of).loans.values()
        return [row for loan in loans for row in _since(loan)]

    parts = ask(journal, f"repaid-since {as_of}", known_on, answer)
    rows = sorted(row for rows in parts for row in rows)
    return [
        {"loan": loan, "day": date.fromisoformat(day), "amount": kroner(amount)}
        for loan, day, amount in rows
    ]


def _since(loan: Loan) -> list[list[str]]:
    over = [hold.start for hold in loan.held if hold.code == HANDED_OVER]
    return [
        [loan.number, str(paid.value), str(-paid.amount)]
        for paid in loan.repayments
        if over and paid.value >= min(over)
    ]
