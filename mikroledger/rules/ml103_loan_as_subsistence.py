"""ML103: a loan was paid out as subsistence.

The decision says loan, and the whole payout stands with the benefit to live on (5.58.80,
gruppering 014). A loan and a benefit are two decisions and two postings (aktivloven § 65):
the benefit is an expense with state refund, the loan is money that is to come back, on
9.32.25. As in ML101 the debtor is missing on the balance, and no plan protects the borrower
from a claim that is overdue at birth.

To settle it: `mikroledger reclassify`, then `mikroledger countersign` by a second person. The
fix is unsafe: look at the decision first, since a benefit may have been paid under the loan's
number by mistake.

## På dansk

Bevillingen siger lån, men hele udbetalingen står som forsørgelse (5.58.80, gruppering 014).
Lån og forsørgelse er to afgørelser og to posteringer efter aktivlovens § 65: Forsørgelsen er
en udgift med statsrefusion, og lånet er penge, der skal betales tilbage, på 9.32.25. Som ved
ML101 mangler låntageren på statuskontoen, og der er ingen plan, som beskytter låntageren mod
et krav, der er forfaldent fra første dag.

Sådan retter du det: »mikroledger reclassify«, og derefter »mikroledger countersign« af en
anden person. Se på bevillingen først: det kan være en ydelse, der ved en fejl er udbetalt
under lånets nummer.

## Example

    2011-05-02 * "Bilag 70012"
      id: "000003-1"
      by: "anl"
      kind: "erp"
      flow: "out"
      loan: "L2011-0001"
      payment: "PAY-1"
      voucher: "70012/2011"
      Expenses:P65:Subsistence        20000.00 DKK
        source: "erp"
      Assets:Clearing:Payouts        -20000.00 DKK

## Use instead

    2011-05-02 * "Bilag 70012"
      id: "000003-1"
      by: "anl"
      kind: "erp"
      flow: "out"
      loan: "L2011-0001"
      payment: "PAY-1"
      voucher: "70012/2011"
      Assets:Loans:P65:L2011-0001     20000.00 DKK
        source: "erp"
      Assets:Clearing:Payouts        -20000.00 DKK
"""

from collections.abc import Iterator

from mikroledger.domain import chart
from mikroledger.domain.finding import Hit, Severity
from mikroledger.domain.judge import loans_spent, misplaced, total
from mikroledger.domain.portfolio import Portfolio
from mikroledger.domain.rule import rule
from mikroledger.money import danish
from mikroledger.words import Text


@rule("ML103", "loan-as-subsistence", Severity.ERROR, manual=__doc__)
def loan_as_subsistence(folio: Portfolio) -> Iterator[Hit]:
    """See each loan payout that stands as subsistence and nowhere else."""
    for spent in loans_spent(folio):
        if spent.split or set(spent.wrong) != {chart.SUBSISTENCE}:
            continue  # ML111 and ML101 say it.
        loan, amount = spent.payment.case, danish(total(spent.wrong))
        text = Text(
            f"Udbetalingen af {loan}, {amount} kr., står som forsørgelse og skal omposteres til"
            " lånets konto.",
            f"The payout of {loan}, {amount} kr., stands as subsistence and must be moved to the"
            " loan's account.",
        )
        yield misplaced(folio, spent.payment, spent.wrong, text)
