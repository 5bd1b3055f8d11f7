"""ML111: one payout stands partly as a loan and partly as an expense.

The decision is for a loan, and the ERP has divided the payout: part on the loan's account
(9.32.25), part as grant, subsistence or on an unknown account. The loan in the ERP is then
smaller than what was paid, the plan does not add up to it, and state refund may be claimed on
the rest.

To settle it: `mikroledger reclassify` moves the rest to the loan, and a second person approves
it with `mikroledger countersign`. The fix is unsafe, and here more than elsewhere: the same
transfer may really hold a loan and a grant (aktivloven § 65 allows both). Then the grant has a
decision of its own; record it with `mikroledger approve --kind grant`, and have the ERP name
it on the row.

## På dansk

Bevillingen gælder et lån, men økonomisystemet har delt udbetalingen: en del på lånets konto
(9.32.25), og en del som tilskud, forsørgelse eller på en ukendt konto. Så er lånet i
økonomisystemet mindre end det, der er udbetalt, planen passer ikke til det, og der kan blive
hjemtaget refusion af resten.

Sådan retter du det: »mikroledger reclassify« flytter resten til lånet, og en anden person
godkender det med »mikroledger countersign«. Se ekstra godt efter her: samme overførsel kan
virkelig rumme både et lån og et tilskud (aktivlovens § 65 tillader begge dele). Så har
tilskuddet sin egen bevilling. Registrér den med »mikroledger approve --kind grant«, og få
økonomisystemet til at nævne den på rækken.

## Example

    2011-05-02 * "Bilag 70014"
      id: "000003-1"
      by: "anl"
      kind: "erp"
      flow: "out"
      loan: "L2011-0001"
      payment: "PAY-1"
      voucher: "70014/2011"
      Assets:Loans:P65:L2011-0001     15000.00 DKK
        source: "erp"
      Expenses:P65:Grants              5000.00 DKK
        source: "erp"
      Assets:Clearing:Payouts        -20000.00 DKK

## Use instead

    2011-05-02 * "Bilag 70014"
      id: "000003-1"
      by: "anl"
      kind: "erp"
      flow: "out"
      loan: "L2011-0001"
      payment: "PAY-1"
      voucher: "70014/2011"
      Assets:Loans:P65:L2011-0001     20000.00 DKK
        source: "erp"
      Assets:Clearing:Payouts        -20000.00 DKK
"""

from collections.abc import Iterator

from mikroledger.domain.finding import Hit, Severity
from mikroledger.domain.judge import loans_spent, misplaced, total
from mikroledger.domain.portfolio import Portfolio
from mikroledger.domain.rule import rule
from mikroledger.money import danish
from mikroledger.words import Text


@rule("ML111", "split-booking", Severity.ERROR, manual=__doc__)
def split_booking(folio: Portfolio) -> Iterator[Hit]:
    """See each loan payout that stands on the loan in part only."""
    for spent in loans_spent(folio):
        if spent.split:
            loan, amount = spent.payment.case, danish(total(spent.wrong))
            text = Text(
                f"{amount} kr. af udbetalingen af {loan} står ikke på lånet; er det hele et lån,"
                " skal de omposteres til lånets konto.",
                f"{amount} kr. of the payout of {loan} does not stand on the loan; if all of it is"
                " a loan, it must be moved to the loan's account.",
            )
            yield misplaced(folio, spent.payment, spent.wrong, text)
