"""Record a decision (bevilling) and its terms; a loan gets its account."""

from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal
from typing import Literal

from mikroledger.days import long_day
from mikroledger.domain import chart
from mikroledger.domain.case import cases
from mikroledger.domain.ledger import Entry, Journal, Ledger, Meta, Opening, Record, Value
from mikroledger.domain.parts import of_debtor, of_decision, of_key, of_loan
from mikroledger.domain.plan import Instalment, Terms
from mikroledger.domain.policy import Policy, policy_on
from mikroledger.domain.rooms import Debtors
from mikroledger.errors import RefusedError, UsageError
from mikroledger.money import danish
from mikroledger.services.late import found_for
from mikroledger.services.order import (
    Outcome,
    Planned,
    Who,
    not_after,
    positive,
    seen,
    signed,
    submit,
)
from mikroledger.services.plans import plan_for, required, said
from mikroledger.services.survey import ask
from mikroledger.words import Text

Kind = Literal["loan", "grant", "subsistence"]
LETTER: dict[Kind, str] = {"loan": "L", "grant": "G", "subsistence": "S"}
SUPPORT = {
    "førtidspension": "FP",
    "kontanthjælp": "KH",
    "sygedagpenge": "SD",
    "revalidering": "RV",
}
"""What a person lived on before, as a code: the words are confidential (ML502)."""
EPOCH = date(1970, 1, 1)
"""Accounts are open from here: what really happened is booked, also before the decision."""


@dataclass(frozen=True, slots=True)
class Approval:
    """A decision as it was made.

    `note` tells whether a signed gældsbrev is on file: without one the claim is barred after
    three years, with one after ten (forældelsesloven §§ 3 and 5).
    """

    kind: Kind
    debtor: str
    principal: Decimal
    decided: date
    decision: str = ""
    terms: Terms | None = None
    loan: str = ""
    centre: str = ""
    support: str = ""
    note: bool = False
    promised: date | None = None
    key: str = ""


def approve(
    journal: Journal,
    debtors: Debtors,
    order: Approval,
    who: Who,
    *,
    dry_run: bool = False,
) -> Outcome:
    """Record a decision, open the loan's account, and give the loan its number.

    Raises:
        UsageError: amount, number or plan is not well formed.
        RefusedError: unknown debtor, number taken, plan that is not the principal, key conflict.
    """
    positive(order.principal)
    who = replace(who, by=signed(who.by))
    if not debtors.has(order.debtor):
        raise RefusedError(
            da=f"{order.debtor} er ikke i registret. Opret låntageren med"
            f" »mikroledger debtor add {order.debtor} --name NAVN --address ADRESSE« først.",
            en=f"{order.debtor} is not in the register. Add the debtor with"
            f" 'mikroledger debtor add {order.debtor} --name NAME --address ADDRESS' first.",
        )
    while True:
        number = order.loan or _next(journal, order)
        try:
            return submit(
                journal,
                "approve",
                who,
                lambda book, n=number: _make(book, order, n, who),  # type: ignore[misc]
                about=_names(order, number),
                dry_run=dry_run,
            )
        except _TakenError:
            continue  # somebody was first: the next one


class _TakenError(Exception):
    """The number that was free is another decision's by now."""


def _names(order: Approval, number: str) -> frozenset[str]:
    """Return what a decision is about: nobody reads the whole book for it."""
    names = {of_loan(number), of_debtor(order.debtor), of_key(_key(order))}
    return frozenset(names | ({of_decision(order.decision)} if order.decision else set()))


def _make(ledger: Ledger, order: Approval, number: str, who: Who) -> Planned | Outcome:
    not_after(order.decided, who.today)
    plan = _plan(order)
    key = _key(order)
    if key and (answer := seen(ledger, key, _content(order))):
        return answer
    _free(ledger, order, number)
    policy = policy_on(ledger, order.decided)
    record = Record(
        who.today,
        "decision",
        (order.kind, number, order.principal),
        meta=_meta(order, number, key),
    )
    accounts = _accounts(order, number)
    earlier = found_for(ledger, record, accounts, who.today)
    notes = (*_notes(order, plan, policy), *map(_found, earlier))
    return Planned((record, *accounts, *earlier), notes=tuple(filter(None, notes)))


def _found(entry: Entry) -> Text | None:
    """Say which payment a decision has found that was listed before it."""
    if entry.kind != "tied":
        return None
    name = entry.get("payment")
    return Text(
        f"Betalingen {name}, som økonomisystemet viste før bevillingen, er knyttet til den.",
        f"The payment {name}, which the ERP listed before the decision, is tied to it.",
    )


def _content(order: Approval) -> dict[str, object]:
    """Return what must agree for a key to name the same decision: everything that was said."""
    said: dict[str, object] = dict.fromkeys(_TERMS, "")
    said |= {k: v for k, v in _meta(order, order.loan, "").items() if k != "loan" or order.loan}
    return {**said, "amount": order.principal, "value": order.decided}


_TERMS = (
    "every",
    "instalments",
    "instalment",
    "first-due",
    "first-due-after",
    "whole-kroner",
    "plan",
    "centre",
    "support",
    "promised",
    "promissory-note",
)


def _key(order: Approval) -> str:
    if order.key:
        return f"approve:{order.key}"
    if order.decision:
        return f"approve:{order.decision}/{order.kind}"
    return f"approve:{order.loan}" if order.loan else ""


def _next(journal: Journal, order: Approval) -> str:
    """Return the next free number of a decision's kind and year."""
    year = f"{LETTER[order.kind]}{order.decided.year}-"
    known = (number for part in ask(journal, "numbers", None, _numbers) for number in part)
    used = (int(n.removeprefix(year)) for n in known if n.startswith(year))
    return f"{year}{max(used, default=0) + 1:04d}"


def _numbers(part: Ledger) -> list[str]:
    return list(cases(part))


def _free(ledger: Ledger, order: Approval, number: str) -> None:
    """Refuse a number that is not of the decision's kind, or another's."""
    letter, taken = LETTER[order.kind], cases(ledger)
    if not (chart.is_number(number) and number.startswith(letter)):
        raise UsageError(
            da=f"»{number}« er ikke et nummer for denne slags. Skriv {letter}, året og fire"
            f" cifre, for eksempel {letter}{order.decided.year}-0001.",
            en=f"'{number}' is no number of this kind. Write {letter}, the year and four"
            f" digits, for example {letter}{order.decided.year}-0001.",
        )
    if number in taken and not order.loan:
        raise _TakenError
    if number in taken:
        raise RefusedError(
            da=f"{number} findes allerede (bevilget {taken[number].decided}).",
            en=f"{number} exists already (granted {taken[number].decided}).",
        )


def _plan(order: Approval) -> tuple[Instalment, ...]:
    """Make the provisional plan, and refuse one that is not the principal."""
    if order.kind != "loan":
        return ()
    return plan_for(required(order.terms), order.principal, order.decided)


def _notes(order: Approval, plan: tuple[Instalment, ...], policy: Policy) -> list[Text]:
    """Warn of what is allowed, but seldom meant."""
    notes = []
    low, high = policy.amount("principal-min"), policy.amount("principal-max")
    if order.kind == "loan" and not low <= order.principal <= high:
        notes.append(
            Text(
                da=f"Bemærk: {danish(order.principal)} kr. ligger uden for det sædvanlige"
                f" ({danish(low)}-{danish(high)} kr.).",
                en=f"Note: {danish(order.principal)} kr. is outside the usual range"
                f" ({danish(low)}-{danish(high)} kr.).",
            )
        )
    if plan and order.terms and (order.terms.first_due or order.terms.rows):
        least = policy.number("first-due-min-days")
        first = plan[0]
        if (first.pay_by - order.decided).days < least:
            notes.append(
                Text(
                    da=f"Bemærk: første rate forfalder den {long_day(first.due, 'da')}, under"
                    f" {least} dage efter bevillingen. For en rate, der forfalder under {least}"
                    " dage efter udbetalingen, sendes aldrig rykker.",
                    en=f"Note: the first instalment falls due on {long_day(first.due, 'en')}, less"
                    f" than {least} days after the decision. No reminder is ever sent for an"
                    f" instalment due less than {least} days after the payout.",
                )
            )
    return notes


def _meta(order: Approval, number: str, key: str) -> Meta:
    meta: dict[str, Value] = {
        "kind": "decision",
        "loan": number,
        "debtor": order.debtor,
        "decision": order.decision,
        "centre": order.centre,
        "support": SUPPORT.get(order.support.strip().casefold(), order.support),
        "value": order.decided,
        "key": key,
    }
    if order.note:
        meta["promissory-note"] = True
    if order.promised:
        meta["promised"] = order.promised
    if order.kind == "loan" and order.terms:
        meta |= said(order.terms)
    return {k: v for k, v in meta.items() if v != ""}


def _accounts(order: Approval, number: str) -> tuple[Opening, ...]:
    if order.kind != "loan":
        return ()
    meta: Meta = {"debtor": order.debtor}
    return (
        Opening(EPOCH, chart.loan_account(number), meta=meta),
        Opening(EPOCH, chart.overpaid_account(number), meta=meta),
    )
