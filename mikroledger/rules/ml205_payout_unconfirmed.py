"""ML205: the bank has not shown a payout.

A loan's payout was ordered, or the ERP has booked it, and no line of the account statement
shows it whole within some banking days (policy `confirm-banking-days`). Either the money has not
left (a NemKonto payment that stopped, an order that nobody sent), or the statement is not
imported, or its line could not be recognised and lies in suspense. Until then nobody can tell
from when the borrower owes anything, and no reminder is sent (PAID-OUT).

To settle it: import the account statement with `mikroledger import`. If it covers the day, ask
who sends the payments; if the money never left, take the payout back with `mikroledger
reverse`. Where the order is enough, policy says so (`payout-confirmation "order"`), and this
rule is silent; so it is in a book into which no statement was ever imported. There is no
automatic fix: only the bank knows.

## På dansk

Udbetalingen af et lån er bestilt, eller økonomisystemet har bogført den, og ingen linje i
kontoudtoget viser den hele inden for nogle bankdage (politikken »confirm-banking-days«). Enten
er pengene ikke gået (en NemKonto-betaling, der er stoppet, en ordre, som ingen har sendt), eller
kontoudtoget er ikke indlæst, eller linjen kunne ikke genkendes og er uafklaret. Indtil da kan
ingen vide, fra hvornår låntageren skylder noget, og der sendes ingen rykker (PAID-OUT).

Sådan retter du det: Indlæs kontoudtoget med »mikroledger import«. Dækker det dagen, så spørg dem,
der sender betalingerne; er pengene aldrig gået, så tag udbetalingen tilbage med »mikroledger
reverse«. Er ordren nok hos jer, siger politikken det (»payout-confirmation "order"«), og så er
reglen tavs; det er den også i en bog, hvor intet kontoudtog er indlæst. Der er ingen automatisk
rettelse, for kun banken ved det.

## Example

    2011-05-01 custom "mikroledger" "payout-confirmation" "bank"

    2011-04-29 custom "mikroledger" "import" "bank-csv"
      id: "000001-9"
      by: "reg"
      kind: "import"
      until: 2011-04-29

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

## Use instead

    2011-05-01 custom "mikroledger" "payout-confirmation" "bank"

    2011-04-29 custom "mikroledger" "import" "bank-csv"
      id: "000001-9"
      by: "reg"
      kind: "import"
      until: 2011-04-29

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

    2011-05-03 * "Banklinje"
      id: "000003-1"
      by: "anl"
      kind: "bank"
      flow: "out"
      loan: "L2011-0001"
      payment: "PAY-1"
      Assets:Clearing:Payouts         20000.00 DKK
      Assets:Bank                    -20000.00 DKK
"""

from collections.abc import Iterator

from mikroledger import days
from mikroledger.days import long_day
from mikroledger.domain.finding import Hit, Severity
from mikroledger.domain.judge import concerning, judged
from mikroledger.domain.payment import Payment
from mikroledger.domain.portfolio import Portfolio
from mikroledger.domain.rule import rule
from mikroledger.money import ZERO, danish
from mikroledger.words import Text


@rule("ML205", "payout-unconfirmed", Severity.WARNING, manual=__doc__)
def payout_unconfirmed(folio: Portfolio) -> Iterator[Hit]:
    """See each payout of a loan that the bank should have shown by now, and has not."""
    if folio.policy.text("payout-confirmation") == "order" or folio.bank_until is None:
        return
    wait = folio.policy.number("confirm-banking-days")
    for payment in judged(folio, "out"):
        open_ = payment.amount > ZERO and not (payment.confirmed or payment.due_back)
        if not open_ or folio.kind(payment) != "loan":
            continue
        if folio.as_of > days.add_banking_days(payment.value, wait):
            yield concerning(folio, payment, _text(folio, payment))


def _text(folio: Portfolio, payment: Payment) -> Text:
    case, amount, day = payment.case, danish(payment.amount), payment.value
    da = f"Udbetalingen af {case}, {amount} kr., fra {long_day(day, 'da')}"
    en = f"The payout of {case}, {amount} kr., of {long_day(day, 'en')}"
    if payment.bank:
        return Text(
            f"{da} er {danish(payment.bank)} kr. i banken: find ud af, hvad forskellen er.",
            f"{en} is {danish(payment.bank)} kr. in the bank: find out what the difference is.",
        )
    if folio.bank_until is not None and folio.bank_until > day:
        return Text(
            f"{da} er ikke i banken: spørg dem, der sender betalingerne, om pengene er gået.",
            f"{en} is not in the bank: ask who sends the payments whether the money has left.",
        )
    return Text(
        f"{da} er ikke bekræftet af banken: indlæs kontoudtoget.",
        f"{en} is not confirmed by the bank: import the account statement.",
    )
