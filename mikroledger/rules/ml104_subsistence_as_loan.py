"""ML104: a benefit to live on stands as a loan.

The decision is for subsistence while the business is set up (aktivloven § 65), which nobody is
to pay back, and the payment stands on a loan account (9.32.25). The person seems to owe their
own benefit, and the municipality loses the state refund that belongs to it.

To settle it: `mikroledger reclassify`, then `mikroledger countersign` by a second person. The
fix is unsafe: look at the decision first, since a loan may have been paid under the benefit's
number by mistake.

## På dansk

Bevillingen gælder forsørgelse i etableringsperioden (aktivlovens § 65), som ikke skal betales
tilbage, men udbetalingen står på en lånekonto (9.32.25). Så ser det ud, som om borgeren
skylder sin egen ydelse, og kommunen mister den statsrefusion, der hører til.

Sådan retter du det: »mikroledger reclassify«, og derefter »mikroledger countersign« af en
anden person. Se på bevillingen først: det kan være et lån, der ved en fejl er udbetalt under
ydelsens nummer.

## Example

    2011-05-31 * "Bilag 70013"
      id: "000003-1"
      by: "anl"
      kind: "erp"
      flow: "out"
      loan: "S2011-0001"
      payment: "PAY-3"
      voucher: "70013/2011"
      Assets:Loans:P65:S2011-0001     14000.00 DKK
        source: "erp"
      Assets:Clearing:Payouts        -14000.00 DKK

## Use instead

    2011-05-31 * "Bilag 70013"
      id: "000003-1"
      by: "anl"
      kind: "erp"
      flow: "out"
      loan: "S2011-0001"
      payment: "PAY-3"
      voucher: "70013/2011"
      Expenses:P65:Subsistence        14000.00 DKK
        source: "erp"
      Assets:Clearing:Payouts        -14000.00 DKK
"""

from collections.abc import Iterator

from mikroledger.domain.finding import Hit, Severity
from mikroledger.domain.judge import debits_on_loans, judged, misplaced, total
from mikroledger.domain.portfolio import Portfolio
from mikroledger.domain.rule import rule
from mikroledger.money import danish
from mikroledger.words import Text


@rule("ML104", "subsistence-as-loan", Severity.ERROR, manual=__doc__)
def subsistence_as_loan(folio: Portfolio) -> Iterator[Hit]:
    """See each benefit that stands as a debit on a loan account."""
    for payment in judged(folio, "out"):
        wrong = debits_on_loans(payment)
        if wrong and folio.kind(payment) == "subsistence":
            amount = danish(total(wrong))
            text = Text(
                f"Forsørgelsen {payment.case}, {amount} kr., står på lånekontoen og skal"
                " omposteres til forsørgelse.",
                f"The subsistence {payment.case}, {amount} kr., stands on the loan account and"
                " must be moved to subsistence.",
            )
            yield misplaced(folio, payment, wrong, text)
