"""ML509: a correction of ours has not come back from the ERP.

We booked a correction voucher (omposteringsbilag), the accounts department should have booked
the same in the ERP, and after some weeks (policy `erp-correction-days`) no ERP list shows it.
The ERP's accounts still have the error: the expense, the refund claim, the debtor who is
missing on 9.32.25. At year end the book may be ahead of the ERP in nothing.

It is an error once an ERP list was imported that long after the correction, and does not have
it. While no list has come since, nobody can tell, and it is a warning: import the list.

To settle it: ask the accounts department for the voucher in the ERP; its rows then only confirm
ours, and move nothing. If our correction was wrong, take it back with `mikroledger reverse`.
There is no automatic fix: the ERP is not ours.

## På dansk

Vi har bogført et omposteringsbilag, regnskab skulle have bogført det samme i økonomisystemet, og
efter nogle uger (politikken »erp-correction-days«) viser ingen liste det. Økonomisystemets konti
har stadig fejlen: udgiften, refusionen, låntageren, der mangler på 9.32.25. Ved årets slutning må
bogen ikke være foran økonomisystemet med noget.

Det er en fejl, når en liste er indlæst så længe efter rettelsen uden at have den. Så længe der
ikke er kommet nogen liste siden, kan ingen vide det, og det er en advarsel: indlæs listen.

Sådan retter du det: Bed regnskab om bilaget i økonomisystemet; dets rækker bekræfter så kun vore
og flytter intet. Var vores rettelse forkert, så tag den tilbage med »mikroledger reverse«. Der er
ingen automatisk rettelse, for økonomisystemet er ikke vores.

## Example

    2011-05-01 custom "mikroledger" "erp-correction-days" 45

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

    2011-05-20 * "Omp. bilag 70010 - lån L2011-0001"
      id: "000004-1"
      by: "anl"
      countersigned: "mkj"
      kind: "reclassify"
      loan: "L2011-0001"
      payment: "PAY-1"
      corrects: "000003-1"
      Assets:Loans:P65:L2011-0001     20000.00 DKK
      Expenses:P65:Grants            -20000.00 DKK

    2011-09-05 custom "mikroledger" "import" "erp"
      id: "000005-1"
      by: "reg"
      kind: "import"

## Use instead

    2011-05-01 custom "mikroledger" "erp-correction-days" 45

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

    2011-05-20 * "Omp. bilag 70010 - lån L2011-0001"
      id: "000004-1"
      by: "anl"
      countersigned: "mkj"
      kind: "reclassify"
      loan: "L2011-0001"
      payment: "PAY-1"
      corrects: "000003-1"
      Assets:Loans:P65:L2011-0001     20000.00 DKK
      Expenses:P65:Grants            -20000.00 DKK

    2011-06-06 custom "mikroledger" "confirm" "erp" Assets:Loans:P65:L2011-0001 20000.00 DKK
      id: "000005-1"
      by: "reg"
      kind: "confirm"
      flow: "out"
      loan: "L2011-0001"
      payment: "PAY-1"

    2011-06-06 custom "mikroledger" "confirm" "erp" Expenses:P65:Grants -20000.00 DKK
      id: "000005-2"
      by: "reg"
      kind: "confirm"
      flow: "out"
      loan: "L2011-0001"
      payment: "PAY-1"

    2011-09-05 custom "mikroledger" "import" "erp"
      id: "000006-1"
      by: "reg"
      kind: "import"
"""

from collections.abc import Iterator
from datetime import date, timedelta

from mikroledger.days import long_day
from mikroledger.domain import chart
from mikroledger.domain.finding import Hit, Severity
from mikroledger.domain.judge import debtor_of
from mikroledger.domain.ledger import Transaction
from mikroledger.domain.payment import Payment
from mikroledger.domain.portfolio import Portfolio
from mikroledger.domain.rule import rule
from mikroledger.words import Text


@rule("ML509", "correction-not-in-ERP", Severity.ERROR, manual=__doc__)
def correction_not_in_erp(folio: Portfolio) -> Iterator[Hit]:
    """See the newest standing correction of each payment that the ERP has not shown in time."""
    wait = timedelta(days=folio.policy.number("erp-correction-days"))
    undone = {txn.get("reverses") for txn in folio.ledger.transactions}
    for name, vouchers in folio.corrected.items():
        payment = folio.payments[name]
        standing = [v for v in vouchers if v.id not in undone and v.booked <= folio.as_of]
        if not standing or folio.as_of <= standing[-1].booked + wait:
            continue
        voucher = standing[-1]
        if payment.erp and _ahead(payment, voucher):
            told = _latest_list(folio) > voucher.booked + wait
            yield _hit(folio, payment, voucher, told=told)


def _latest_list(folio: Portfolio) -> date:
    lists = (r.booked for r in folio.ledger.records("import") if r.values == ("erp",))
    return max((day for day in lists if day <= folio.as_of), default=date.min)


def _ahead(payment: Payment, voucher: Transaction) -> bool:
    """Tell whether the ERP lacks what a voucher put on an account, or took off it."""
    moved = {chart.pooled(posting.account) for posting in voucher.postings}
    return any(account in moved for account in payment.ahead)


def _hit(folio: Portfolio, payment: Payment, voucher: Transaction, *, told: bool) -> Hit:
    day_da, day_en = long_day(voucher.booked, "da"), long_day(voucher.booked, "en")
    ask = Text("bed regnskab om bilaget", "ask the accounts department for the voucher")
    if not told:
        ask = Text("indlæs den nyeste liste", "import the newest list")
    text = Text(
        f"Rettelsen af {payment.case} fra {day_da} er ikke kommet igen i økonomisystemet:"
        f" {ask.da}.",
        f"The correction of {payment.case} of {day_en} has not come back from the ERP: {ask.en}.",
    )
    return Hit(
        voucher,
        text,
        payment.case,
        debtor_of(folio, payment),
        voucher.debits,
        severity=None if told else Severity.WARNING,
    )
