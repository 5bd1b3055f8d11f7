"""ML108: a repayment stands on another loan than the one that its payment id names.

The payment id on a giro card (FIK) names the loan, and so does a loan's number in a reference:
that is the borrower's own word, and the only one that there is. Here the money stands on
another loan, or in part. One borrower's debt is then too small, the other's too large, and the
second could be asked for what was paid. No reminder is sent on the loan that it stands on.

To settle it: `mikroledger reclassify` moves the repayment to the loan that it names, with its
own value day, and `mikroledger countersign` by a second person books it. Without a fix (the
ERP alone knows the payment, or the loan that it stands on is overpaid) take the repayment back
with `mikroledger reverse`, or have the ERP's row corrected, and record it on the right loan.
The fix is unsafe: ask the borrower if two loans are one person's.

## På dansk

Betalings-id'et på indbetalingskortet (FIK) nævner lånet, og det gør et lånenummer i en reference
også: det er låntagerens eget ord, og der er ikke andre. Her står pengene helt eller delvist på
et andet lån. Så er den enes gæld for lille og den andens for stor, og den anden kan blive bedt
om det, der er betalt. Der sendes ingen rykker på det lån, som pengene står på.

Sådan retter du det: »mikroledger reclassify« flytter afdraget til det lån, som det nævner, med
sin egen valørdag, og »mikroledger countersign« af en anden person bogfører det. Er der ingen
rettelse (kun økonomisystemet kender betalingen, eller lånet, den står på, er betalt for meget),
så tag afdraget tilbage med »mikroledger reverse«, eller få økonomisystemets række rettet, og
registrér det på det rigtige lån. Spørg låntageren, hvis begge lån er én persons.

## Example

    2011-05-02 * "Udbetaling af lån L2011-0002"
      id: "000002-1"
      by: "anl"
      countersigned: "mkj"
      kind: "disburse"
      flow: "out"
      loan: "L2011-0002"
      payment: "PAY-2"
      Assets:Loans:P65:L2011-0002     12000.00 DKK
      Assets:Clearing:Payouts        -12000.00 DKK

    2011-07-01 * "Afdrag på lån L2011-0002"
      id: "000005-1"
      by: "anl"
      kind: "repay"
      flow: "in"
      loan: "L2011-0002"
      payment: "REP-1"
      reference: "000201100010010"
      Assets:Loans:P65:L2011-0002      -500.00 DKK
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

    2011-07-01 * "Afdrag på lån L2011-0001"
      id: "000005-1"
      by: "anl"
      kind: "repay"
      flow: "in"
      loan: "L2011-0001"
      payment: "REP-1"
      reference: "000201100010010"
      Assets:Loans:P65:L2011-0001      -500.00 DKK
      Assets:Clearing:Repayments        500.00 DKK
"""

from collections.abc import Iterator
from dataclasses import replace

from mikroledger.domain import chart
from mikroledger.domain.finding import Hit, Severity
from mikroledger.domain.judge import judged, misplaced, named_loan, total
from mikroledger.domain.payment import Payment, Sums
from mikroledger.domain.portfolio import Portfolio
from mikroledger.domain.rule import rule
from mikroledger.money import ZERO, danish
from mikroledger.words import Text


@rule("ML108", "repayment-on-wrong-loan", Severity.ERROR, manual=__doc__)
def repayment_on_wrong_loan(folio: Portfolio) -> Iterator[Hit]:
    """See each repayment that stands on a loan, and names another or belongs to another."""
    for payment in judged(folio, "in"):
        loan = named_loan(payment) or payment.case
        wrong = {a: s for a, s in payment.book.items() if chart.number_of(a) and s < ZERO}
        wrong.pop(chart.loan_account(loan), None)
        if loan and wrong:
            hit = misplaced(folio, payment, wrong, _text(loan, wrong))
            yield hit if _movable(folio, payment, loan) else replace(hit, fix=None)


def _movable(folio: Portfolio, payment: Payment, loan: str) -> bool:
    """Tell whether a voucher settles it: the money is certain, and no other debt is touched."""
    if loan == payment.case:
        return True
    stands = folio.loans.get(payment.case)
    known = payment.orders or payment.banked
    return bool(known and stands and not stands.overpaid)


def _text(loan: str, wrong: Sums) -> Text:
    amount, stands = danish(-total(wrong)), ", ".join(map(chart.number_of, wrong))
    return Text(
        f"Et afdrag på {amount} kr. står på {stands}, men betalings-id'et nævner {loan}: flyt det"
        " til det lån, som det hører til.",
        f"A repayment of {amount} kr. stands on {stands}, but its payment id names {loan}: move it"
        " to the loan that it belongs to.",
    )
