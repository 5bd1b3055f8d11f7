"""ML208: money was paid to another person than the decision says.

A record of a payout names the decision of one debtor and the number of another one. The person
who has the decision may have got nothing, and somebody else has money that is not theirs; in
the worst case the borrower is asked to repay what they never had. Both may also be one person
under two numbers, or one digit was typed wrong in the ERP. No reminder is sent meanwhile.

Only numbers that the register knows can be compared: a row whose CPR or CVR number nobody has
registered names no debtor.

To settle it: ask the bank who got the money. If it was the wrong one, the ERP or NemKonto must
take it back, and the payout is reversed (`mikroledger reverse`); if the ERP's row only names
the wrong person, have it corrected and accept the finding with `mikroledger accept`, which a
second person signs. There is no automatic fix: who got the money is a fact.

## På dansk

En postering af en udbetaling nævner den enes bevilling og en andens nummer. Den, der har
bevillingen, har måske intet fået, og en anden har penge, som ikke er deres; i værste fald bliver
låntageren bedt om at betale noget tilbage, de aldrig har fået. De to kan også være én person med
to numre, eller et ciffer er tastet forkert i økonomisystemet. Der sendes ingen rykker imens.

Kun numre, som registret kender, kan sammenlignes: en række, hvis CPR- eller CVR-nummer ingen har
registreret, nævner ingen låntager.

Sådan retter du det: Spørg banken, hvem der fik pengene. Var det den forkerte, skal
økonomisystemet eller NemKonto tage dem tilbage, og udbetalingen tilbageføres (»mikroledger
reverse«); nævner økonomisystemets række kun den forkerte person, så få den rettet, og acceptér
bemærkningen med »mikroledger accept«, som en anden person godkender. Der er ingen automatisk
rettelse, for hvem der fik pengene, er en kendsgerning.

## Example

    2011-05-02 * "Bilag 70018"
      id: "000003-1"
      by: "anl"
      kind: "erp"
      flow: "out"
      loan: "L2011-0001"
      payment: "PAY-1"
      debtor: "D0002"
      voucher: "70018/2011"
      Assets:Loans:P65:L2011-0001     20000.00 DKK
        source: "erp"
      Assets:Clearing:Payouts        -20000.00 DKK

## Use instead

    2011-05-02 * "Bilag 70018"
      id: "000003-1"
      by: "anl"
      kind: "erp"
      flow: "out"
      loan: "L2011-0001"
      payment: "PAY-1"
      debtor: "D0001"
      voucher: "70018/2011"
      Assets:Loans:P65:L2011-0001     20000.00 DKK
        source: "erp"
      Assets:Clearing:Payouts        -20000.00 DKK
"""

from collections.abc import Iterator
from dataclasses import replace

from mikroledger.domain.finding import Hit, Severity
from mikroledger.domain.judge import concerning, judged
from mikroledger.domain.portfolio import Portfolio
from mikroledger.domain.rule import rule
from mikroledger.money import ZERO, danish
from mikroledger.words import Text


@rule("ML208", "payee-differs", Severity.ERROR, manual=__doc__)
def payee_differs(folio: Portfolio) -> Iterator[Hit]:
    """See each payout that stands, and that a record ties to another debtor than its decision."""
    for payment in judged(folio, "out"):
        case = folio.cases.get(payment.case)
        if case is None or payment.amount == ZERO:
            continue
        own = [entry for entry in payment.entries if entry.get("payment") == payment.id]
        other = next((e for e in own if e.get("debtor") not in ("", case.debtor)), None)
        if other:
            payee, amount = other.get("debtor"), danish(abs(payment.amount))
            text = Text(
                f"{amount} kr. på {case.number} er udbetalt til {payee}, men bevillingen er"
                f" {case.debtor}s: find ud af, hvem der fik pengene.",
                f"{amount} kr. on {case.number} was paid to {payee}, but the decision is"
                f" {case.debtor}'s: find out who got the money.",
            )
            yield replace(concerning(folio, payment, text), entry=other, debtor=case.debtor)
