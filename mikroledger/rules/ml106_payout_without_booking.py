"""ML106: the bank paid, and no account shows it.

A statement line says that money went out under a payment, and neither a caseworker nor the ERP
has said what it was. A borrower may have money that no loan account knows: no plan, no first
day to pay, and a debt that would appear out of nothing later. It is the opposite order of what
the book expects: decision, payout, bank.

To settle it: if the payout waits for the second person, `mikroledger countersign` it; the
signature then only confirms what happened (see also ML503). If it belongs to a decision,
record it with `mikroledger disburse LOAN AMOUNT --ref REFERENCE`, with the bank's reference,
or import the ERP list. If nobody knows the reference, it is a warning: the line may concern
somebody else. There is no automatic fix.

## På dansk

Kontoudtoget viser, at der er gået penge ud, men hverken en sagsbehandler eller økonomisystemet
har sagt, hvad de var. En låntager kan have fået penge, som ingen lånekonto kender: ingen plan,
ingen første betalingsdag, og en gæld, der senere dukker op af ingenting. Bogen venter den
omvendte rækkefølge: bevilling, udbetaling, bank.

Sådan retter du det: Venter udbetalingen på en anden person, så godkend den med »mikroledger
countersign«; underskriften bekræfter da kun det, der er sket (se også ML503). Hører den til en
bevilling, så registrér den med »mikroledger disburse LÅN BELØB --ref REFERENCE« med bankens
reference, eller indlæs listen fra økonomisystemet. Kender ingen referencen, er det en advarsel:
linjen kan gælde noget andet. Der er ingen automatisk rettelse.

## Example

    2011-05-02 * "Banklinje"
      id: "000003-1"
      by: "anl"
      kind: "bank"
      flow: "out"
      loan: "L2011-0001"
      payment: "PAY-1"
      reference: "PAY-1"
      Assets:Clearing:Payouts         20000.00 DKK
      Assets:Bank                    -20000.00 DKK

## Use instead

    2011-05-02 * "Udbetaling af lån L2011-0001"
      id: "000002-1"
      by: "anl"
      countersigned: "mkj"
      kind: "disburse"
      flow: "out"
      loan: "L2011-0001"
      payment: "PAY-1"
      reference: "PAY-1"
      Assets:Loans:P65:L2011-0001     20000.00 DKK
      Assets:Clearing:Payouts        -20000.00 DKK

    2011-05-02 * "Banklinje"
      id: "000003-1"
      by: "anl"
      kind: "bank"
      flow: "out"
      loan: "L2011-0001"
      payment: "PAY-1"
      reference: "PAY-1"
      Assets:Clearing:Payouts         20000.00 DKK
      Assets:Bank                    -20000.00 DKK
"""

from collections.abc import Iterator

from mikroledger.domain.finding import Hit, Severity
from mikroledger.domain.judge import judged, paid_by_bank, suspended_payouts
from mikroledger.domain.payment import Payment
from mikroledger.domain.portfolio import Portfolio
from mikroledger.domain.rule import rule
from mikroledger.money import ZERO, danish
from mikroledger.words import Text


@rule("ML106", "payout-without-booking", Severity.ERROR, manual=__doc__)
def payout_without_booking(folio: Portfolio) -> Iterator[Hit]:
    """See each payout that the bank made and kept, and that stands on no account."""
    ordered = {r.get("payment"): number for number, r in folio.waiting.items()}
    for payment in judged(folio, "out"):
        if paid_by_bank(payment) > ZERO and not payment.book:
            yield _hit(folio, payment, ordered.get(payment.id, ""))
    for line, amount in suspended_payouts(folio):
        case = line.get("loan")
        yield Hit(
            entry=line,
            text=_text(case, danish(amount), ""),
            loan=case,
            amount=amount,
            severity=None if case else Severity.WARNING,
        )


def _hit(folio: Portfolio, payment: Payment, proposal: str) -> Hit:
    case = payment.case
    if proposal:
        case = case or folio.waiting[proposal].get("loan")
    known = folio.cases.get(case)
    paid = paid_by_bank(payment)
    return Hit(
        entry=payment.bank_entry,
        text=_text(case, danish(paid), proposal),
        loan=case,
        debtor=known.debtor if known else payment.debtor,
        amount=paid,
        severity=None if case else Severity.WARNING,
    )


def _text(case: str, amount: str, proposal: str) -> Text:
    if proposal:
        return Text(
            f"Banken har udbetalt {amount} kr. på {case}, før udbetalingen er godkendt: godkend"
            f" {proposal}, hvis den er rigtig.",
            f"The bank has paid {amount} kr. on {case} before the payout was approved: countersign"
            f" {proposal} if it is right.",
        )
    if case:
        return Text(
            f"Banken har udbetalt {amount} kr. på {case}, men ingen konto viser det: registrér"
            " udbetalingen.",
            f"The bank has paid {amount} kr. on {case}, but no account shows it: record the"
            " payout.",
        )
    return Text(
        f"Banken har udbetalt {amount} kr. under en reference, som bogen ikke kender: find ud af,"
        " om det er et lån.",
        f"The bank has paid {amount} kr. under a reference that the book does not know: find out"
        " whether it is a loan.",
    )
