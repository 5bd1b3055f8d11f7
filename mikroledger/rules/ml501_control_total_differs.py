"""ML501: an account of the book is not the ERP's, and no payment explains it.

Per account, the book must be what the ERP's rows show, plus what the book is ahead (a payout or
a correction that no ERP list has shown yet), less what could not be placed. All of that is known
by payment. A posting on such an account that belongs to no payment makes the book another one
than the ERP, and nothing will ever settle it: the control account (9.32.25) and the loans are
then two truths, and an auditor will find it.

What the ERP's own balance says is held against the book by `mikroledger reconcile --control`;
it names what differs, item by item. A line of the bank that somebody has told to be no
micro-loan's (`match --not-ours`) is no such posting.

mikroledger books none: somebody wrote it by hand. To settle it: see with `mikroledger verify`
whose commit it is; restore the journal, or book the opposite, with the payment that it is
about. If it must stand, `mikroledger accept` says why, and a second person signs. There is no
automatic fix: nobody can tell what it was meant for.

## På dansk

For hver konto skal bogen være det, økonomisystemets rækker viser, plus det, bogen er foran (en
udbetaling eller rettelse, som ingen liste har vist endnu), minus det, der ikke kunne placeres. Alt
det er kendt for hver betaling. En postering på sådan en konto, som ikke hører til en betaling,
gør bogen til en anden end økonomisystemet, og intet vil nogensinde udligne det: så er
statuskontoen (9.32.25) og lånene to sandheder, og det finder revisor.

Det, som økonomisystemets egen saldo siger, holdes op mod bogen med »mikroledger reconcile
--control«, som nævner forskellen post for post. En banklinje, som nogen har sagt ikke er et
mikrolåns (»match --not-ours«), er ikke sådan en postering.

Mikroledger bogfører ikke sådan: nogen har skrevet den i hånden. Sådan retter du det: Se med
»mikroledger verify«, hvis bogføring det er; læg journalen tilbage, eller bogfør det modsatte med
den betaling, det drejer sig om. Skal den stå, siger »mikroledger accept« hvorfor, og en anden
person godkender. Der er ingen automatisk rettelse, for ingen kan vide, hvad den var til.

## Example

    2011-05-31 * "Rettet i hånden"
      id: "000003-1"
      by: "reg"
      kind: "erp"
      Assets:Loans:P65:L2011-0001       100.00 DKK
      Assets:Clearing:Repayments       -100.00 DKK

## Use instead

    2011-05-31 * "Bilag 70040"
      id: "000003-1"
      by: "reg"
      kind: "erp"
      flow: "out"
      loan: "G2011-0001"
      payment: "PAY-3"
      voucher: "70040/2011"
      Expenses:P65:Grants               100.00 DKK
        source: "erp"
      Assets:Clearing:Payouts          -100.00 DKK
"""

from collections.abc import Iterator
from decimal import Decimal

from mikroledger.domain import chart
from mikroledger.domain.finding import Hit, Severity
from mikroledger.domain.ledger import Transaction
from mikroledger.domain.payment import payment_of
from mikroledger.domain.portfolio import Portfolio
from mikroledger.domain.rule import rule
from mikroledger.money import danish
from mikroledger.words import Text

_SHOWN = frozenset(
    {chart.GRANTS, chart.SUBSISTENCE, chart.ELSEWHERE, chart.INCOME, chart.REFUND},
)
"""Accounts that the ERP's rows stand on, beside those of loans."""


@rule("ML501", "control-total-differs", Severity.ERROR, manual=__doc__)
def control_total_differs(folio: Portfolio) -> Iterator[Hit]:
    """See each posting on an account of the ERP's that belongs to no payment."""
    for txn in folio.own:
        if not isinstance(txn, Transaction) or txn.kind == "bank":
            continue
        stray = {
            posting.account: posting.amount
            for posting in txn.postings
            if _is_shown(posting.account) and not payment_of(txn, posting)
        }
        if stray:
            yield _hit(txn, stray)


def _is_shown(account: str) -> bool:
    return account in _SHOWN or chart.is_loan(account) or chart.is_overpaid(account)


def _hit(txn: Transaction, stray: dict[str, Decimal]) -> Hit:
    amount = max(map(abs, stray.values()))
    names = ", ".join(stray)
    text = Text(
        f"{danish(amount)} kr. står på {names} uden at høre til en betaling: se, hvem der bogførte"
        " det, og tag det tilbage.",
        f"{danish(amount)} kr. stands on {names} and belongs to no payment: see who booked it, and"
        " take it back.",
    )
    return Hit(txn, text, txn.get("loan"), txn.get("debtor"), amount)
