"""ML202: more was paid out than was granted.

The payouts under a loan or a grant are together more than the decision. What lies beyond it
has no legal basis (afgørelse) and no plan. A payout that repeats an earlier one is for ML201
to say; paying back to a borrower what they have paid too much is right.

To settle it: if a larger amount was decided, record that decision; otherwise agree with the
borrower on how the excess comes back. Once as much is repaid, the finding ends. A record too
many is taken back with `mikroledger reverse`. There is no automatic fix.

## På dansk

Udbetalingerne på et lån eller et tilskud er tilsammen mere end bevilget. Det, der ligger ud
over, er der ingen afgørelse om og ingen plan for. En udbetaling, der gentager en tidligere,
hører under ML201. At betale en låntager det tilbage, som låntageren har betalt for meget, er i
orden.

Sådan retter du det: Er der truffet afgørelse om et større beløb, så registrér den. Ellers aftal
med låntageren, hvordan det overskydende kommer tilbage; når der er betalt så meget tilbage,
forsvinder bemærkningen. Er der registreret en gang for meget, så tag det tilbage med
»mikroledger reverse«. Der er ingen automatisk rettelse.

## Example

    2011-05-02 * "Bilag 70051"
      id: "000003-1"
      by: "anl"
      kind: "erp"
      flow: "out"
      loan: "L2011-0001"
      payment: "PAY-1"
      voucher: "70051/2011"
      Assets:Loans:P65:L2011-0001     22000.00 DKK
        source: "erp"
      Assets:Clearing:Payouts        -22000.00 DKK

## Use instead

    2011-05-02 * "Bilag 70051"
      id: "000003-1"
      by: "anl"
      kind: "erp"
      flow: "out"
      loan: "L2011-0001"
      payment: "PAY-1"
      voucher: "70051/2011"
      Assets:Loans:P65:L2011-0001     20000.00 DKK
        source: "erp"
      Assets:Clearing:Payouts        -20000.00 DKK
"""

from collections.abc import Iterator

from mikroledger.domain.finding import Hit, Severity
from mikroledger.domain.judge import concerning, limit, payouts, repeated
from mikroledger.domain.portfolio import Portfolio
from mikroledger.domain.rule import rule
from mikroledger.money import ZERO, danish
from mikroledger.words import Text


@rule("ML202", "paid-beyond-decision", Severity.ERROR, manual=__doc__)
def paid_beyond_decision(folio: Portfolio) -> Iterator[Hit]:
    """See the payout with which a decision was exceeded, repeats (ML201) left out."""
    for case, paid in payouts(folio):
        most, so_far = limit(folio, case), ZERO
        repeats = repeated(paid, most)
        for payment in paid:
            so_far += ZERO if payment in repeats else payment.amount
            if so_far > most:
                text = Text(
                    f"Der er udbetalt {danish(so_far)} kr. på {case.number}, som er bevilget med"
                    f" {danish(case.principal)} kr.: find afgørelsen, eller aftal, hvordan resten"
                    " kommer tilbage.",
                    f"{danish(so_far)} kr. was paid out on {case.number}, which was granted at"
                    f" {danish(case.principal)} kr.: find the decision, or agree on how the rest"
                    " comes back.",
                )
                yield concerning(folio, payment, text, so_far - most)
                break
