"""ML302: a repayment counts from before the loan was paid out.

A repayment of a loan has a value day before the first payout, or there is no payout at all.
Nobody repays what they have not got: the repayment belongs to another loan, a day was typed
wrong, or the payout is missing from the book. In the last case a debt exists that the book
does not show.

To settle it: see the bank's line. Record the payout that is missing with `mikroledger
disburse`, or take the repayment back with `mikroledger reverse` and record it where it
belongs. A repayment on the payout day itself is right. There is no automatic fix.

## På dansk

Et afdrag på et lån tæller fra en dag før den første udbetaling, eller lånet er slet ikke
udbetalt. Ingen afdrager penge, de ikke har fået: Afdraget hører til et andet lån, en dato er
tastet forkert, eller udbetalingen mangler i bogen. I det sidste tilfælde er der en gæld, som
bogen ikke viser.

Sådan retter du det: Se bankens linje. Registrér den udbetaling, der mangler, med »mikroledger
disburse«, eller tag afdraget tilbage med »mikroledger reverse«, og registrér det, hvor det
hører hjemme. Et afdrag på selve udbetalingsdagen er i orden. Der er ingen automatisk rettelse.

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

    2011-04-28 * "Afdrag på lån L2011-0001"
      id: "000005-1"
      by: "anl"
      kind: "repay"
      flow: "in"
      loan: "L2011-0001"
      payment: "REP-1"
      Assets:Loans:P65:L2011-0001      -500.00 DKK
      Assets:Clearing:Repayments        500.00 DKK

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

    2011-06-28 * "Afdrag på lån L2011-0001"
      id: "000005-1"
      by: "anl"
      kind: "repay"
      flow: "in"
      loan: "L2011-0001"
      payment: "REP-1"
      Assets:Loans:P65:L2011-0001      -500.00 DKK
      Assets:Clearing:Repayments        500.00 DKK
"""

from collections.abc import Iterator

from mikroledger.domain.finding import Hit, Severity
from mikroledger.domain.judge import concerning
from mikroledger.domain.portfolio import Portfolio
from mikroledger.domain.rule import rule
from mikroledger.money import danish
from mikroledger.words import Text


@rule("ML302", "repaid-before-payout", Severity.ERROR, manual=__doc__)
def repaid_before_payout(folio: Portfolio) -> Iterator[Hit]:
    """See each repayment of a loan that had not been paid out on its day."""
    for loan in folio.loans.values():
        for payment in loan.repayments:
            if loan.paid_out is None or payment.value < loan.paid_out:
                amount = danish(abs(payment.amount))
                text = Text(
                    f"Der er afdraget {amount} kr. på {loan.number}, før lånet blev udbetalt: find"
                    " udbetalingen, eller det lån, som afdraget hører til.",
                    f"{amount} kr. was repaid on {loan.number} before it was paid out: find the"
                    " payout, or the loan that the repayment belongs to.",
                )
                yield concerning(folio, payment, text)
