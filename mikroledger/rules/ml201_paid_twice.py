"""ML201: the same decision was paid out again.

A second payout of the same amount stands under a loan or a grant, and together they are more
than was granted. The borrower has money that was not decided on, and a debt that nobody agreed
a plan for. Payment in parts is right as long as the parts stay within the decision, however
equal they are.

To settle it: ask the bank whether the money really went out twice. If it did, agree with the
borrower on how it comes back; once as much is repaid, the finding ends. If it did not, and one
of the two is a record too many of the same payment, take it back with `mikroledger reverse`.
There is no automatic fix: only the bank knows.

## På dansk

Der står en udbetaling mere af samme beløb på et lån eller et tilskud, og tilsammen er de mere
end bevilget. Låntageren har fået penge, der ikke er en afgørelse om, og en gæld, der ikke er
aftalt en plan for. Udbetaling i dele er i orden, så længe delene holder sig inden for
bevillingen, også når de er lige store.

Sådan retter du det: Spørg banken, om pengene virkelig er gået ud to gange. Er de det, så aftal
med låntageren, hvordan de kommer tilbage; når der er betalt så meget tilbage, forsvinder
bemærkningen. Er de ikke, og er den ene blot registreret en gang for meget, så tag den tilbage
med »mikroledger reverse«. Der er ingen automatisk rettelse, for kun banken ved det.

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

    2011-05-04 * "Bilag 70050"
      id: "000004-1"
      by: "anl"
      kind: "erp"
      flow: "out"
      loan: "L2011-0001"
      payment: "PAY-9"
      voucher: "70050/2011"
      Assets:Loans:P65:L2011-0001     20000.00 DKK
        source: "erp"
      Assets:Clearing:Payouts        -20000.00 DKK

## Use instead

    2011-05-02 * "Udbetaling af lån L2011-0001"
      id: "000003-1"
      by: "anl"
      countersigned: "mkj"
      kind: "disburse"
      flow: "out"
      loan: "L2011-0001"
      payment: "PAY-1"
      Assets:Loans:P65:L2011-0001     10000.00 DKK
      Assets:Clearing:Payouts        -10000.00 DKK

    2011-05-04 * "Bilag 70050"
      id: "000004-1"
      by: "anl"
      kind: "erp"
      flow: "out"
      loan: "L2011-0001"
      payment: "PAY-9"
      voucher: "70050/2011"
      Assets:Loans:P65:L2011-0001     10000.00 DKK
        source: "erp"
      Assets:Clearing:Payouts        -10000.00 DKK
"""

from collections.abc import Iterator

from mikroledger.days import long_day
from mikroledger.domain.finding import Hit, Severity
from mikroledger.domain.judge import concerning, limit, payouts, repeated
from mikroledger.domain.portfolio import Portfolio
from mikroledger.domain.rule import rule
from mikroledger.money import danish
from mikroledger.words import Text


@rule("ML201", "paid-twice", Severity.ERROR, manual=__doc__)
def paid_twice(folio: Portfolio) -> Iterator[Hit]:
    """See each payout that repeats an earlier one, beyond what was granted."""
    for case, paid in payouts(folio):
        for payment in repeated(paid, limit(folio, case)):
            amount, day = danish(payment.amount), payment.value
            text = Text(
                f"{case.number} er udbetalt igen med {amount} kr. den {long_day(day, 'da')}: spørg"
                " banken, om pengene er gået ud to gange.",
                f"{case.number} was paid out again with {amount} kr. on {long_day(day, 'en')}: ask"
                " the bank whether the money went out twice.",
            )
            yield concerning(folio, payment, text)
