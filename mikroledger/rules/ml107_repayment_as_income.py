"""ML107: a repayment of a loan stands as income.

The borrower has paid, and the ERP has credited an income, grant or subsistence account instead
of the loan. The debt in this book is right, because it follows the payment; but the ERP's
loan is too large by what was paid, so an ERP that dunns by itself would remind a borrower who
has paid, and the year shows an income that is none.

To settle it: `mikroledger reclassify` moves the repayment to the loan, with its own day, and a
second person approves it with `mikroledger countersign`. Book the same voucher in the ERP. The
fix is unsafe: a person may also pay back a grant or a benefit, and that is income.

A repayment booked as state refund (dranst 2) is seen by ML105.

## På dansk

Låntageren har betalt, men økonomisystemet har krediteret en indtægts-, tilskuds- eller
forsørgelseskonto i stedet for lånet. Restgælden i denne bog er rigtig, for den følger
betalingen. Men i økonomisystemet er lånet for stort, så et system, der selv rykker, vil rykke
en låntager, der har betalt, og året viser en indtægt, der ikke er en indtægt.

Sådan retter du det: »mikroledger reclassify« flytter afdraget til lånet med afdragets egen dag,
og en anden person godkender det med »mikroledger countersign«. Bogfør det samme bilag i
økonomisystemet. Se efter først: man kan også betale et tilskud eller en ydelse tilbage, og det
er en indtægt.

Et afdrag, der er bogført som statsrefusion (dranst 2), ses af ML105.

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

    2011-07-04 * "Bilag 70030"
      id: "000005-1"
      by: "anl"
      kind: "erp"
      flow: "in"
      loan: "L2011-0001"
      payment: "REP-1"
      voucher: "70030/2011"
      Income:P65:Repayments            -500.00 DKK
        source: "erp"
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

    2011-07-04 * "Bilag 70030"
      id: "000005-1"
      by: "anl"
      kind: "erp"
      flow: "in"
      loan: "L2011-0001"
      payment: "REP-1"
      voucher: "70030/2011"
      Assets:Loans:P65:L2011-0001      -500.00 DKK
        source: "erp"
      Assets:Clearing:Repayments        500.00 DKK
"""

from collections.abc import Iterator

from mikroledger.domain import chart
from mikroledger.domain.finding import Hit, Severity
from mikroledger.domain.judge import judged, misplaced, total
from mikroledger.domain.portfolio import Portfolio
from mikroledger.domain.rule import rule
from mikroledger.money import ZERO, danish
from mikroledger.words import Text

_NOT_LOANS = frozenset({chart.INCOME, chart.GRANTS, chart.SUBSISTENCE, chart.ELSEWHERE})


@rule("ML107", "repayment-as-income", Severity.ERROR, manual=__doc__)
def repayment_as_income(folio: Portfolio) -> Iterator[Hit]:
    """See each repayment of a loan that stands as a credit outside loan accounts."""
    for payment in judged(folio, "in"):
        wrong = {a: s for a, s in payment.book.items() if a in _NOT_LOANS and s < ZERO}
        if wrong and folio.kind(payment) == "loan":
            amount = danish(-total(wrong))
            text = Text(
                f"Et afdrag på {payment.case}, {amount} kr., står ikke på lånet og skal omposteres"
                " til lånets konto.",
                f"A repayment of {payment.case}, {amount} kr., does not stand on the loan and must"
                " be moved to the loan's account.",
            )
            yield misplaced(folio, payment, wrong, text)
