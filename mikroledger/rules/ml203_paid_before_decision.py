"""ML203: a loan or a grant was paid out before it was decided.

The payout counts from a day before the day of the decision (afgørelse). Without a decision
there is no legal basis for paying, no plan that the borrower has agreed to, and no promise of
what is to come back. Often it is only the day that was typed wrong.

To settle it: see the day on the decision itself. If the day in the book is wrong, the decision
must be recorded with the right one; if the payout really came first, the leader of the office
must know. There is no automatic fix: days are evidence.

## På dansk

Udbetalingen tæller fra en dag før bevillingens dag. Uden en afgørelse er der ikke hjemmel til
at betale, ingen plan, som låntageren er gået med til, og intet løfte om, hvad der skal betales
tilbage. Ofte er det kun datoen, der er tastet forkert.

Sådan retter du det: Se datoen på selve bevillingen. Er dagen i bogen forkert, skal bevillingen
registreres med den rigtige. Kom udbetalingen virkelig først, skal ledelsen vide det. Der er
ingen automatisk rettelse, for dage er bevis.

## Example

    2011-04-04 * "Bilag 70052"
      id: "000003-1"
      by: "anl"
      kind: "erp"
      flow: "out"
      loan: "L2011-0001"
      payment: "PAY-1"
      voucher: "70052/2011"
      Assets:Loans:P65:L2011-0001     20000.00 DKK
        source: "erp"
      Assets:Clearing:Payouts        -20000.00 DKK

## Use instead

    2011-04-11 * "Bilag 70052"
      id: "000003-1"
      by: "anl"
      kind: "erp"
      flow: "out"
      loan: "L2011-0001"
      payment: "PAY-1"
      voucher: "70052/2011"
      Assets:Loans:P65:L2011-0001     20000.00 DKK
        source: "erp"
      Assets:Clearing:Payouts        -20000.00 DKK
"""

from collections.abc import Iterator

from mikroledger.days import long_day
from mikroledger.domain.finding import Hit, Severity
from mikroledger.domain.judge import concerning, payouts
from mikroledger.domain.portfolio import Portfolio
from mikroledger.domain.rule import rule
from mikroledger.words import Text


@rule("ML203", "paid-before-decision", Severity.ERROR, manual=__doc__)
def paid_before_decision(folio: Portfolio) -> Iterator[Hit]:
    """See each payout that counts from a day before its decision."""
    for case, paid in payouts(folio):
        for payment in paid:
            day = payment.value
            if day < case.decided:
                text = Text(
                    f"{case.number} er udbetalt {long_day(day, 'da')}, men først bevilget"
                    f" {long_day(case.decided, 'da')}: se datoen på bevillingen.",
                    f"{case.number} was paid out on {long_day(day, 'en')}, but decided only on"
                    f" {long_day(case.decided, 'en')}: see the day on the decision.",
                )
                yield concerning(folio, payment, text)
