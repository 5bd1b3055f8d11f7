"""ML304: one repayment is in the book twice.

Two repayments carry the same reference and the same amount. A reference names one payment, so
either the same line came from two files, or a caseworker's record and the bank's line were not
recognised as one. The debt is then too small, and the borrower is told so. Two borrowers in one
file, under the reference of their common batch, are right.

To settle it: see the bank's statement. If the money came once, take one of the two back with
`mikroledger reverse`; if it came twice, the bank must say why it used one reference. There is
no automatic fix: the book cannot know which of the two is the right one.

## På dansk

To afdrag har samme reference og samme beløb. En reference nævner én betaling, så enten er samme
linje kommet fra to filer, eller sagsbehandlerens og bankens registrering er ikke genkendt som
den samme. Så er gælden for lille, og det får låntageren at vide. To låntagere i samme fil, under
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
from mikroledger.domain.judge import concerning, decision_of, first_entry, judged
from mikroledger.domain.payment import Payment
from mikroledger.domain.portfolio import Portfolio
from mikroledger.domain.rule import rule
from mikroledger.money import ZERO, danish
from mikroledger.words import Text


@rule("ML304", "repayment-twice", Severity.ERROR, manual=__doc__)
def repayment_twice(folio: Portfolio) -> Iterator[Hit]:
    """See each repayment that has the reference and the amount of an earlier one."""
    earlier: dict[tuple[str, Decimal], list[Payment]] = {}
    for payment in sorted(judged(folio, "in"), key=lambda each: each.value):
        if payment.amount == ZERO:
            continue
        names = [(reference, payment.amount) for reference in sorted(payment.references)]
        known = [old for name in names for old in earlier.get(name, ())]
        twin = next((old for old in known if not _in_one_batch(old, payment)), None)
        if twin:
            yield concerning(folio, payment, _text(twin, payment))
        for name in names:
            earlier.setdefault(name, []).append(payment)


def _in_one_batch(one: Payment, other: Payment) -> bool:
    """Tell whether two borrowers' payments came in one file, under their batch's reference."""
    return one.case != other.case and first_entry(one).commit == first_entry(other).commit


def _text(twin: Payment, payment: Payment) -> Text:
    case, old, amount = decision_of(payment), decision_of(twin), danish(abs(payment.amount))
    return Text(
        f"Et afdrag på {case.da}, {amount} kr., har samme reference og beløb som et tidligere på"
        f" {old.da}: se kontoudtoget, og tag det ene tilbage, hvis pengene kun er kommet én gang.",
        f"A repayment on {case.en}, {amount} kr., has the reference and amount of an earlier one"
        f" on {old.en}: see the statement, and reverse one of them if the money came only once.",
    )
