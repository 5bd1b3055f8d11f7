"""ML206: the money of a payout came back, and the loan still shows it as paid.

NemKonto or the bank returned the payment: there was no account, or it was closed. The borrower
has nothing, and the book still says that they owe it. No reminder is sent meanwhile.

To settle it: take the payout off the loan with `mikroledger reverse`, which a second person
approves; then find the account together with the borrower, and pay out again with `mikroledger
disburse` and a new reference: a new try is a new payment, and the plan counts from it. There is
no automatic fix: perhaps the money is on its way again already.

## På dansk

NemKonto eller banken har sendt betalingen tilbage: der var ingen konto, eller den var lukket.
Låntageren har intet fået, og bogen siger stadig, at pengene skyldes. Der sendes ingen rykker
imens.

Sådan retter du det: Tag udbetalingen af lånet med »mikroledger reverse«, som en anden person
godkender; find kontoen sammen med låntageren, og udbetal igen med »mikroledger disburse« og en
ny reference: et nyt forsøg er en ny betaling, og planen regnes derfra. Der er ingen automatisk
rettelse, for måske er pengene allerede på vej igen.

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

    2011-05-02 * "Banklinje"
      id: "000003-1"
      by: "anl"
      kind: "bank"
      flow: "out"
      loan: "L2011-0001"
      payment: "PAY-1"
      Assets:Clearing:Payouts         20000.00 DKK
      Assets:Bank                    -20000.00 DKK

    2011-05-05 * "Banklinje"
      id: "000004-1"
      by: "anl"
      kind: "bank"
      flow: "out"
      loan: "L2011-0001"
      payment: "PAY-1"
      Assets:Clearing:Returned       -20000.00 DKK
      Assets:Bank                     20000.00 DKK

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

    2011-05-02 * "Banklinje"
      id: "000003-1"
      by: "anl"
      kind: "bank"
      flow: "out"
      loan: "L2011-0001"
      payment: "PAY-1"
      Assets:Clearing:Payouts         20000.00 DKK
      Assets:Bank                    -20000.00 DKK

    2011-05-05 * "Banklinje"
      id: "000004-1"
      by: "anl"
      kind: "bank"
      flow: "out"
      loan: "L2011-0001"
      payment: "PAY-1"
      Assets:Clearing:Returned       -20000.00 DKK
      Assets:Bank                     20000.00 DKK

    2011-05-06 * "Tilbageført 000002-1"
      id: "000005-1"
      by: "anl"
      countersigned: "mkj"
      kind: "reverse"
      flow: "out"
      loan: "L2011-0001"
      payment: "PAY-1"
      reverses: "000002-1"
      value: 2011-05-02
      Assets:Loans:P65:L2011-0001    -20000.00 DKK
      Assets:Clearing:Returned        20000.00 DKK
"""

from collections.abc import Iterator
from dataclasses import replace

from mikroledger.domain.finding import Hit, Severity
from mikroledger.domain.judge import concerning, judged
from mikroledger.domain.portfolio import Portfolio
from mikroledger.domain.rule import rule
from mikroledger.money import ZERO, danish
from mikroledger.words import Text


@rule("ML206", "payout-returned", Severity.ERROR, manual=__doc__)
def payout_returned(folio: Portfolio) -> Iterator[Hit]:
    """See each payout that the bank sent back, and that nobody has taken off."""
    for payment in judged(folio, "out"):
        if not (payment.due_back and payment.amount > ZERO and folio.kind(payment)):
            continue
        returned = abs(payment.returned)
        text = Text(
            f"Banken har sendt {danish(returned)} kr. af {payment.case} tilbage, og bogen viser"
            " dem stadig som udbetalt: tag udbetalingen tilbage.",
            f"The bank has returned {danish(returned)} kr. of {payment.case}, and the book still"
            " shows it as paid out: reverse the payout.",
        )
        yield replace(concerning(folio, payment, text, returned), entry=payment.bank_entry)
