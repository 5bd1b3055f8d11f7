"""ML209: the book has a record that it cannot place for certain.

A row of an ERP list could belong to several payments, or to none that the book knows, and is
kept as evidence without money rather than booked on a guess. The same holds for a repayment
that stands on the loan account (9.32.25) under no decision. Somebody's debt is too large or
too small by it, so no reminder is sent to the debtor that it names.

To settle it: see the voucher in the ERP. Often the decision is missing; record it with
`mikroledger approve`, and have the decision's number on the row next time. A row that names
neither a debtor nor a decision, on another account than a loan's, is a warning: it may concern
somebody who never had a loan. There is no automatic fix: a guess is what the book refuses; nor
can it be accepted, for what nobody has placed may be anybody's (`match` decides).

## På dansk

En række fra økonomisystemet kan høre til flere betalinger, eller til ingen, som bogen kender.
Den er gemt som bevis uden penge i stedet for at blive bogført på et gæt. Det samme gælder et
afdrag, der står på lånekontoen (9.32.25) uden en bevilling. Nogens gæld er derfor for stor
eller for lille, og der sendes ingen rykker til den debitor, rækken nævner.

Sådan retter du det: Se bilaget i økonomisystemet. Ofte mangler bevillingen; registrér den med
»mikroledger approve«, og få bevillingens nummer med på rækken næste gang. En række, der hverken
nævner debitor eller bevilling, og som ikke står på en lånekonto, er en advarsel: den kan gælde
en, der aldrig har haft et lån. Der er ingen automatisk rettelse, for bogen gætter ikke; og den
kan ikke accepteres, for det, som ingen har placeret, kan være hvem som helsts (»match« afgør det).

## Example

    2011-07-04 custom "mikroledger" "unplaced" "erp" Assets:Loans:P65:Unassigned -500.00 DKK
      id: "000005-1"
      by: "anl"
      kind: "unplaced"
      debtor: "D0001"
      voucher: "70030/2011"

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

    2011-07-04 * "Bilag 70030"
      id: "000005-1"
      by: "anl"
      kind: "erp"
      flow: "in"
      loan: "L2011-0001"
      payment: "REP-1"
      debtor: "D0001"
      voucher: "70030/2011"
      Assets:Loans:P65:L2011-0001      -500.00 DKK
        source: "erp"
      Assets:Clearing:Repayments        500.00 DKK
"""

from collections.abc import Iterator
from decimal import Decimal

from mikroledger.domain import chart
from mikroledger.domain.finding import Hit, Severity
from mikroledger.domain.judge import judged, misplaced
from mikroledger.domain.ledger import Record
from mikroledger.domain.portfolio import Portfolio
from mikroledger.domain.rule import rule
from mikroledger.money import ZERO, danish
from mikroledger.words import Text


@rule("ML209", "payment-unplaced", Severity.ERROR, manual=__doc__, final=True)
def payment_unplaced(folio: Portfolio) -> Iterator[Hit]:
    """See each record without a payment, and each repayment on a loan account without a loan."""
    for record in folio.unplaced:
        if record.value <= folio.as_of:
            yield _unplaced(folio, record)
    for payment in judged(folio, "in"):
        credit = payment.book.get(chart.UNASSIGNED, ZERO)
        if credit < ZERO and not folio.kind(payment):
            text = _text("et afdrag uden bevilling", "a repayment without a decision", -credit)
            yield misplaced(folio, payment, {chart.UNASSIGNED: credit}, text)


def _unplaced(folio: Portfolio, record: Record) -> Hit:
    _, account, amount = record.values
    assert isinstance(amount, Decimal), "an unplaced record names an amount"
    loans = [number for number in record.get("cases").split() if number in folio.loans]
    tied = record.get("debtor") or record.get("cases") or chart.is_loan(str(account))
    return Hit(
        entry=record,
        text=_text("en række fra økonomisystemet", "a row of the ERP", amount),
        loan=loans[0] if len(loans) == 1 else "",
        debtor=record.get("debtor"),
        amount=abs(amount),
        severity=None if tied else Severity.WARNING,
    )


def _text(da: str, en: str, amount: Decimal) -> Text:
    return Text(
        f"Bogen kan ikke placere {da} på {danish(amount)} kr.: se bilaget, og find den bevilling,"
        " som pengene hører til.",
        f"The book cannot place {en} of {danish(amount)} kr.: see the voucher, and find the"
        " decision that it belongs to.",
    )
