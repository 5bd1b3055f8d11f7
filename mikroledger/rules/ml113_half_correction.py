"""ML113: the ERP has taken a sum off one account and not put it on another.

A correction in the ERP has two sides, and the book has seen one of them. What is missing lies
on Clearing:Reposting, which must be empty at month end. Debt and plan are right meanwhile; the
ERP's accounts are not, and no reminder is sent.

To settle it: usually by waiting for the next ERP list, where the other half empties Reposting
by itself. If it never comes, `mikroledger reclassify` puts the sum where the decision says,
and a second person approves it with `mikroledger countersign`; the ERP's half then only
confirms ours. Without a decision nobody can tell where it belongs, and there is no fix. The
fix is unsafe: ask the accounts department first.

## På dansk

En ompostering i økonomisystemet har to sider, og bogen har kun set den ene. Det, der mangler,
står på Clearing:Reposting, som skal være tom ved månedens slutning. Gæld og plan er rigtige
imens; økonomisystemets konti er det ikke, og der sendes ingen rykker.

Sådan retter du det: Vent som regel på den næste liste fra økonomisystemet, hvor den anden
halvdel tømmer kontoen af sig selv. Kommer den ikke, sætter »mikroledger reclassify« beløbet
der, hvor bevillingen siger, og en anden person godkender det med »mikroledger countersign«.
Økonomisystemets halvdel bekræfter så kun vores. Uden bevilling ved ingen, hvor pengene hører
til, og så er der ingen rettelse. Spørg regnskab først.

## Example

    2011-05-02 * "Bilag 70010"
      id: "000003-1"
      by: "anl"
      kind: "erp"
      flow: "out"
      loan: "L2011-0001"
      payment: "PAY-1"
      voucher: "70010/2011"
      Expenses:P65:Grants             20000.00 DKK
        source: "erp"
      Assets:Clearing:Payouts        -20000.00 DKK

    2011-05-20 * "Bilag 70040"
      id: "000004-1"
      by: "anl"
      kind: "erp"
      flow: "out"
      loan: "L2011-0001"
      payment: "PAY-1"
      voucher: "70040/2011"
      Expenses:P65:Grants            -20000.00 DKK
        source: "erp"
      Assets:Clearing:Reposting       20000.00 DKK

## Use instead

    2011-05-02 * "Bilag 70010"
      id: "000003-1"
      by: "anl"
      kind: "erp"
      flow: "out"
      loan: "L2011-0001"
      payment: "PAY-1"
      voucher: "70010/2011"
      Expenses:P65:Grants             20000.00 DKK
        source: "erp"
      Assets:Clearing:Payouts        -20000.00 DKK

    2011-05-20 * "Bilag 70040"
      id: "000004-1"
      by: "anl"
      kind: "erp"
      flow: "out"
      loan: "L2011-0001"
      payment: "PAY-1"
      voucher: "70040/2011"
      Expenses:P65:Grants            -20000.00 DKK
        source: "erp"
      Assets:Loans:P65:L2011-0001     20000.00 DKK
        source: "erp"
"""

from collections.abc import Iterator

from mikroledger.domain import chart
from mikroledger.domain.finding import Hit, Severity
from mikroledger.domain.judge import decision_of, judged, misplaced, turned
from mikroledger.domain.portfolio import Portfolio
from mikroledger.domain.rule import rule
from mikroledger.money import ZERO, danish
from mikroledger.words import Text


@rule("ML113", "half-correction", Severity.ERROR, manual=__doc__)
def half_correction(folio: Portfolio) -> Iterator[Hit]:
    """See each payment with a sum that stands between two accounts."""
    for payment in judged(folio, "out", "in"):
        between = payment.book.get(chart.REPOSTING, ZERO)
        if between == ZERO or turned(folio, payment):
            continue  # ML109 says it.
        case, amount = decision_of(payment), danish(abs(between))
        text = Text(
            f"Økonomisystemet har flyttet {amount} kr. på {case.da} uden at vise hvorhen: vent på"
            " den anden halvdel, eller spørg regnskab.",
            f"The ERP has moved {amount} kr. on {case.en} without showing where to: wait for the"
            " other half, or ask the accounts department.",
        )
        yield misplaced(folio, payment, {chart.REPOSTING: between}, text)
