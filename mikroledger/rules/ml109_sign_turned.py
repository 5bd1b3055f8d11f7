"""ML109: the ERP has a repayment as a payout, or a payout as a repayment.

The ERP's rows of a payment have the opposite sign of what the payment is: a repayment on the
debit side makes the debt larger by twice the sum, a payout on the credit side makes it vanish.
Import has kept the difference on Clearing:Reposting, so debt and plan in this book are right.

To settle it: `mikroledger reclassify`, then `mikroledger countersign` by a second person, and
have the row turned in the ERP; its correction then only confirms ours. The fix is unsafe: it is
also possible that the row belongs to another payment. Where nobody but the ERP knows the
payment there is no fix: have the row turned there first. This rule speaks in place of ML113.

## På dansk

Økonomisystemets rækker har det modsatte fortegn af det, betalingen er: Et afdrag i debet gør
gælden større med det dobbelte, og en udbetaling i kredit får den til at forsvinde. Indlæsningen
har lagt forskellen på Clearing:Reposting, så gæld og plan i denne bog er rigtige.

Sådan retter du det: »mikroledger reclassify«, og derefter »mikroledger countersign« af en anden
person. Få rækken vendt i økonomisystemet; den rettelse bekræfter så kun vores. Se efter først:
rækken kan også høre til en anden betaling. Kender kun økonomisystemet betalingen, er der ingen
rettelse her: få rækken vendt dér først. Denne regel taler i stedet for ML113.

## Example

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
      id: "000004-1"
      by: "anl"
      kind: "repay"
      flow: "in"
      loan: "L2011-0001"
      payment: "REP-1"
      Assets:Loans:P65:L2011-0001      -500.00 DKK
      Assets:Clearing:Repayments        500.00 DKK

    2011-07-04 * "Bilag 70031"
      id: "000005-1"
      by: "anl"
      kind: "erp"
      flow: "in"
      loan: "L2011-0001"
      payment: "REP-1"
      voucher: "70031/2011"
      Assets:Loans:P65:L2011-0001       500.00 DKK
        source: "erp"
      Assets:Clearing:Reposting        -500.00 DKK

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
      id: "000004-1"
      by: "anl"
      kind: "repay"
      flow: "in"
      loan: "L2011-0001"
      payment: "REP-1"
      Assets:Loans:P65:L2011-0001      -500.00 DKK
      Assets:Clearing:Repayments        500.00 DKK

    2011-07-04 custom "mikroledger" "confirm" "erp" Assets:Loans:P65:L2011-0001 -500.00 DKK
      id: "000005-1"
      by: "anl"
      kind: "confirm"
      flow: "in"
      loan: "L2011-0001"
      payment: "REP-1"
      voucher: "70031/2011"
"""

from collections.abc import Iterator
from dataclasses import replace

from mikroledger.domain.finding import Hit, Severity
from mikroledger.domain.judge import (
    decision_of,
    judged,
    misplaced,
    total,
    turned,
    wrong_accounts,
)
from mikroledger.domain.payment import Payment
from mikroledger.domain.portfolio import Portfolio
from mikroledger.domain.rule import rule
from mikroledger.money import danish
from mikroledger.words import Text


@rule("ML109", "sign-turned", Severity.ERROR, manual=__doc__)
def sign_turned(folio: Portfolio) -> Iterator[Hit]:
    """See each payment whose ERP rows go the other way, while that is not put right."""
    for payment in judged(folio, "out", "in"):
        if not turned(folio, payment):
            continue
        hit = misplaced(folio, payment, wrong_accounts(folio, payment), _text(payment))
        known = hit.fix if payment.amount else None  # A voucher would bring it to nothing.
        yield replace(hit, amount=abs(total(payment.erp)), fix=known)


def _text(payment: Payment) -> Text:
    case, amount = decision_of(payment), danish(abs(total(payment.erp)))
    if payment.flow == "out":
        return Text(
            f"Udbetalingen på {case.da}, {amount} kr., er bogført som en indbetaling i"
            " økonomisystemet: få rækken vendt.",
            f"The payout on {case.en}, {amount} kr., is booked as a payment in by the ERP: have"
            " the row turned.",
        )
    return Text(
        f"Et afdrag på {case.da}, {amount} kr., er bogført som en udbetaling i økonomisystemet:"
        " få rækken vendt.",
        f"A repayment on {case.en}, {amount} kr., is booked as a payout by the ERP: have the row"
        " turned.",
    )
