"""ML105: a state refund was claimed on a loan.

The state shares the cost of grants and benefits (5.58.80, dranst 2). A loan costs nothing: it
is to come back. A refund on it is money that the municipality owes the state, and the auditor
will remark on it. It usually follows from ML101, because the refund is figured from what
stands as an expense.

To settle it: `mikroledger reclassify` takes the refund back. If the payout is misbooked too,
its own correction does both in one voucher. Tell whoever files the refund claim in which
quarter to adjust it; the voucher names it. The fix is unsafe: be sure that the refund is the
loan's, and not that of a grant or a benefit under the same decision.

## På dansk

Staten betaler en del af tilskud og ydelser (5.58.80, dranst 2). Et lån er ingen udgift, for
pengene skal betales tilbage. Refusion af et lån er derfor penge, kommunen skylder staten, og
den giver en revisionsbemærkning. Fejlen følger som regel af ML101, fordi refusionen beregnes af
det, der står som udgift.

Sådan retter du det: »mikroledger reclassify« fører refusionen tilbage. Står udbetalingen også
forkert, retter dens eget bilag begge dele. Giv besked til den, der hjemtager refusion, om
hvilket kvartal der skal reguleres; det står på bilaget. Vær sikker på, at refusionen hører til
lånet og ikke til et tilskud eller en ydelse i samme sag.

## Example

    2011-06-30 * "Bilag 70020"
      id: "000004-1"
      by: "anl"
      kind: "erp"
      flow: "refund"
      loan: "L2011-0001"
      payment: "refund-70020"
      voucher: "70020/2011"
      Income:P65:Refund              -10000.00 DKK
        source: "erp"
      Assets:RefundReceivable         10000.00 DKK

## Use instead

    2011-06-30 * "Bilag 70020"
      id: "000004-1"
      by: "anl"
      kind: "erp"
      flow: "refund"
      loan: "G2011-0001"
      payment: "refund-70020"
      voucher: "70020/2011"
      Income:P65:Refund               -4000.00 DKK
        source: "erp"
      Assets:RefundReceivable          4000.00 DKK
"""

from collections.abc import Iterator

from mikroledger.domain.finding import Hit, Severity
from mikroledger.domain.judge import judged, misplaced
from mikroledger.domain.portfolio import Portfolio
from mikroledger.domain.rule import rule
from mikroledger.money import ZERO, danish
from mikroledger.words import Text


@rule("ML105", "refund-claimed-on-loan", Severity.ERROR, manual=__doc__)
def refund_claimed_on_loan(folio: Portfolio) -> Iterator[Hit]:
    """See each refund that stands, and belongs to a loan."""
    for payment in judged(folio, "refund"):
        if payment.amount != ZERO and folio.kind(payment) == "loan":
            amount = danish(abs(payment.amount))
            text = Text(
                f"Der er hjemtaget {amount} kr. i statsrefusion af lånet {payment.case}; den skal"
                " føres tilbage.",
                f"A state refund of {amount} kr. was claimed on the loan {payment.case}; it must"
                " be taken back.",
            )
            yield misplaced(folio, payment, payment.book, text)
