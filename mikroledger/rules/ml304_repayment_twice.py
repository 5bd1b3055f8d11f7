"""ML304: one repayment is in the book twice.

Two repayments carry the same reference and the same amount. A reference names one payment, so
either the same line came from two files, or a caseworker's record and the bank's line were not
recognised as one. Or two kinds of the bank's files each show one repayment of a loan, of one
amount on one day. The debt is then too small, and the borrower is told so. Two borrowers in one
file, under the reference of their common batch, are right.

To settle it: see the bank's statement. If the money came once, take one of the two back with
`mikroledger reverse`; if it came twice, the bank must say why it used one reference. There is
no automatic fix: the book cannot know which of the two is the right one.

## På dansk

To afdrag har samme reference og samme beløb. En reference nævner én betaling, så enten er samme
linje kommet fra to filer, eller sagsbehandlerens og bankens registrering er ikke genkendt som
den samme. Eller to slags filer fra banken viser hver et afdrag på samme lån, med samme beløb
samme dag. Så er gælden for lille, og det får låntageren at vide. To låntagere i samme fil, under
en fælles reference for bundtet, er i orden.

Sådan retter du det: Se kontoudtoget. Er pengene kommet én gang, så tag det ene afdrag tilbage
med »mikroledger reverse«. Er de kommet to gange, må banken forklare, hvorfor referencen er den
samme. Der er ingen automatisk rettelse, for bogen kan ikke vide, hvilket af dem der er rigtigt.

## Example

    2011-05-02 * "Udbetaling af lån L2011-0001"
      id: "000002-1"
      by: "anl"
      countersigned: "mkj"
      kind: "disburse"
      flow: "out"
      loan: "L2011-0001"
      payment: "PAY-1"
      Assets:Loans:P65:L2011-0001     20000.00 DKK
      Assets:Clearing:Payouts        -20000.00 DKK

    2011-07-01 * "Afdrag på lån L2011-0001"
      id: "000003-1"
      by: "anl"
      kind: "repay"
      flow: "in"
      loan: "L2011-0001"
      payment: "REP-1"
      reference: "REP-1"
      Assets:Loans:P65:L2011-0001      -500.00 DKK
      Assets:Clearing:Repayments        500.00 DKK

    2011-07-04 * "Afdrag på lån L2011-0001"
      id: "000004-1"
      by: "anl"
      kind: "repay"
      flow: "in"
      loan: "L2011-0001"
      payment: "REP-1.2"
      reference: "REP-1"
      Assets:Loans:P65:L2011-0001      -500.00 DKK
      Assets:Clearing:Repayments        500.00 DKK

## Use instead

    2011-05-02 * "Udbetaling af lån L2011-0001"
      id: "000002-1"
      by: "anl"
      countersigned: "mkj"
      kind: "disburse"
      flow: "out"
      loan: "L2011-0001"
      payment: "PAY-1"
      Assets:Loans:P65:L2011-0001     20000.00 DKK
      Assets:Clearing:Payouts        -20000.00 DKK

    2011-07-01 * "Afdrag på lån L2011-0001"
      id: "000003-1"
      by: "anl"
      kind: "repay"
      flow: "in"
      loan: "L2011-0001"
      payment: "REP-1"
      reference: "REP-1"
      Assets:Loans:P65:L2011-0001      -500.00 DKK
      Assets:Clearing:Repayments        500.00 DKK

    2011-08-01 * "Afdrag på lån L2011-0001"
      id: "000004-1"
      by: "anl"
      kind: "repay"
      flow: "in"
      loan: "L2011-0001"
      payment: "REP-2"
      reference: "REP-2"
      Assets:Loans:P65:L2011-0001      -500.00 DKK
      Assets:Clearing:Repayments        500.00 DKK
"""

from collections.abc import Iterator
from decimal import Decimal

from mikroledger.domain.finding import Hit, Severity
from mikroledger.domain.judge import (
    bank_entry,
    concerning,
    decision_of,
    first_entry,
    judged,
)
from mikroledger.domain.payment import Payment
from mikroledger.domain.portfolio import Portfolio
from mikroledger.domain.rule import rule
from mikroledger.money import ZERO, danish
from mikroledger.words import Text


@rule("ML304", "repayment-twice", Severity.ERROR, manual=__doc__)
def repayment_twice(folio: Portfolio) -> Iterator[Hit]:
    """See each repayment that repeats an earlier one: its reference, or its line of a file."""
    earlier: dict[tuple[str, Decimal], list[Payment]] = {}
    for payment in sorted(judged(folio, "in"), key=lambda each: each.value):
        if payment.amount == ZERO:
            continue
        names = [(name, payment.amount) for name in (*sorted(payment.references), _line(payment))]
        known = [old for name in names for old in earlier.get(name, ())]
        twin = next((old for old in known if _repeats(old, payment)), None)
        if twin:
            yield concerning(folio, payment, _text(twin, payment))
        for name in names:
            earlier.setdefault(name, []).append(payment)


def _repeats(one: Payment, other: Payment) -> bool:
    """Tell whether two payments that share a name are one."""
    if one.references & other.references:
        return not _in_one_batch(one, other)
    return bool(one.case) and one.case == other.case and _source(one) != _source(other)


def _line(payment: Payment) -> str:
    """Name what another kind of file could show again: the day of the bank's line."""
    return f"on {bank_entry(payment).value}" if _source(payment) else ""


def _source(payment: Payment) -> str:
    """Return the kind of file that showed a payment, or nothing if none did."""
    lines = (entry.get("key") for entry in payment.entries if entry.kind == "bank")
    return next((key.rpartition(":")[0] for key in lines if key), "")


def _in_one_batch(one: Payment, other: Payment) -> bool:
    """Tell whether two borrowers' payments came in one file, under their batch's reference."""
    return one.case != other.case and first_entry(one).commit == first_entry(other).commit


def _text(twin: Payment, payment: Payment) -> Text:
    case, old, amount = decision_of(payment), decision_of(twin), danish(abs(payment.amount))
    da, en = ("har samme reference og beløb som et tidligere", "has the reference and amount of")
    if not twin.references & payment.references:
        da, en = (
            "står i to slags filer fra banken, som",
            "is in two kinds of the bank's files, like",
        )
    return Text(
        f"Et afdrag på {case.da}, {amount} kr., {da} på {old.da}: se kontoudtoget, og tag det ene"
        " tilbage, hvis pengene kun er kommet én gang.",
        f"A repayment on {case.en}, {amount} kr., {en} an earlier one on {old.en}: see the"
        " statement, and reverse one of them if the money came only once.",
    )
