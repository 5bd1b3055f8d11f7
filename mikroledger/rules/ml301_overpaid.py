"""ML301: more was repaid than the loan was paid out with.

The repayments of a loan are together more than its payouts, wherever either stands. What lies
beyond is owed to the borrower (Liabilities:Overpaid), and nobody should ask this person for
more. Often a repayment belongs to another loan, or was recorded twice (ML304).

To settle it: find out whether every repayment is this loan's. If they are, pay the excess back
to the borrower; the finding ends when the payment out is booked under the loan. If one is not
this loan's, take it back with `mikroledger reverse` and record it where it belongs. There is
no automatic fix: the money is the borrower's.

## På dansk

Afdragene på et lån er tilsammen mere end udbetalingerne, uanset hvor de står. Det overskydende
skyldes låntageren (Liabilities:Overpaid), og ingen skal bede denne låntager om mere. Ofte hører
et afdrag til et andet lån, eller det er registreret to gange (ML304).

Sådan retter du det: Find ud af, om alle afdragene hører til lånet. Gør de det, så send det
overskydende retur til låntageren; bemærkningen forsvinder, når betalingen er bogført på lånet.
Hører et afdrag ikke til, så tag det tilbage med »mikroledger reverse«, og registrér det, hvor
det hører hjemme. Der er ingen automatisk rettelse, for pengene er låntagerens.

## Example

    2011-05-02 * "Udbetaling af lån L2011-0001"
      id: "000003-1"
      by: "anl"
      countersigned: "mkj"
      kind: "disburse"
      flow: "out"
      loan: "L2011-0001"
      payment: "PAY-1"
      Assets:Loans:P65:L2011-0001     20000.00 DKK
      Assets:Clearing:Payouts        -20000.00 DKK

    2011-09-01 * "Afdrag på lån L2011-0001"
      id: "000005-1"
      by: "anl"
      kind: "repay"
      flow: "in"
      loan: "L2011-0001"
      payment: "REP-1"
      Assets:Loans:P65:L2011-0001    -20000.00 DKK
      Liabilities:Overpaid:L2011-0001  -500.00 DKK
      Assets:Clearing:Repayments      20500.00 DKK

## Use instead

    2011-05-02 * "Udbetaling af lån L2011-0001"
      id: "000003-1"
      by: "anl"
      countersigned: "mkj"
      kind: "disburse"
      flow: "out"
      loan: "L2011-0001"
      payment: "PAY-1"
      Assets:Loans:P65:L2011-0001     20000.00 DKK
      Assets:Clearing:Payouts        -20000.00 DKK

    2011-09-01 * "Afdrag på lån L2011-0001"
      id: "000005-1"
      by: "anl"
      kind: "repay"
      flow: "in"
      loan: "L2011-0001"
      payment: "REP-1"
      Assets:Loans:P65:L2011-0001    -20000.00 DKK
      Assets:Clearing:Repayments      20000.00 DKK
"""

from collections.abc import Iterator

from mikroledger.domain.finding import Hit, Severity
from mikroledger.domain.judge import concerning
from mikroledger.domain.portfolio import Portfolio
from mikroledger.domain.rule import rule
from mikroledger.money import danish
from mikroledger.words import Text


@rule("ML301", "overpaid", Severity.ERROR, manual=__doc__)
def overpaid(folio: Portfolio) -> Iterator[Hit]:
    """See each loan that is repaid beyond its payouts; ML302 and ML109 have the other cases."""
    for loan in folio.loans.values():
        if loan.payouts and loan.repayments and loan.overpaid:
            amount = danish(loan.overpaid)
            text = Text(
                f"Der er betalt {amount} kr. for meget på {loan.number}: se, om alle afdrag hører"
                " til lånet, og send resten retur.",
                f"{amount} kr. too much was repaid on {loan.number}: see whether every repayment"
                " is this loan's, and pay the rest back.",
            )
            yield concerning(folio, loan.repayments[-1], text, loan.overpaid)
