"""ML306: a deferral is about to end, or has no end.

While a deferral (henstand) lasts, nothing is asked of the borrower; the day after, it is again.
Somebody should look before that day: is the income still too small, is a new plan better, does
the borrower know? One without an end is forgotten, and limitation (forældelse) runs meanwhile.
How long before it is told is policy (`deferral-notice-days`). A loan that is repaid is left out.

To settle it: talk with the borrower, and grant a new deferral from the day after with
`mikroledger defer`, agree on a new plan with `mikroledger reschedule`, or let it end. One without
an end gets a day on which it does with `mikroledger resume`; if there is to be none, `mikroledger
accept` says why. There is no automatic fix: it is a decision.

## På dansk

Så længe en henstand varer, kræves der intet af låntageren; dagen efter gør der det igen. Nogen
bør se på det før den dag: er indtægten stadig for lille, er en ny plan bedre, ved låntageren det?
En henstand uden slutdato bliver glemt, og forældelsen løber imens. Hvor længe før det siges, er
politik (»deferral-notice-days«). Et lån, der er betalt, er ikke med.

Sådan retter du det: Tal med låntageren, og giv en ny henstand fra dagen efter med »mikroledger
defer«, aftal en ny plan med »mikroledger reschedule«, eller lad den slutte. En uden slutdato får
en dag, hvor den slutter, med »mikroledger resume«; skal der ingen være, siger »mikroledger
accept« hvorfor. Der er ingen automatisk rettelse, for det er en afgørelse.

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

    2011-10-01 custom "mikroledger" "hold" "DEFERRAL"
      id: "000003-1"
      by: "anl"
      kind: "hold"
      loan: "L2011-0001"
      reason: "afgørelse 14"
      until: 2012-01-15

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

    2011-10-01 custom "mikroledger" "hold" "DEFERRAL"
      id: "000003-1"
      by: "anl"
      kind: "hold"
      loan: "L2011-0001"
      reason: "afgørelse 14"
      until: 2012-01-15

    2012-01-16 custom "mikroledger" "hold" "DEFERRAL"
      id: "000004-1"
      by: "anl"
      kind: "hold"
      loan: "L2011-0001"
      reason: "afgørelse 15"
      until: 2012-06-30
"""

from collections.abc import Iterator
from datetime import timedelta

from mikroledger.days import long_day
from mikroledger.domain.finding import Hit, Severity
from mikroledger.domain.portfolio import DEFERRAL, Hold, Loan, Portfolio
from mikroledger.domain.rule import rule
from mikroledger.words import Text


@rule("ML306", "deferral-ending", Severity.WARNING, manual=__doc__)
def deferral_ending(folio: Portfolio) -> Iterator[Hit]:
    """See each deferral in force that ends soon, or never."""
    records = {record.id: record for record in folio.ledger.records("hold")}
    soon = folio.as_of + timedelta(days=folio.policy.number("deferral-notice-days"))
    for loan in folio.loans.values():
        for hold in loan.held:
            ends = hold.until is None or hold.until <= soon
            if hold.code == DEFERRAL and loan.outstanding and ends and not _goes_on(loan, hold):
                text = _text(hold)
                yield Hit(records[hold.id], text, loan.number, loan.case.debtor)


def _goes_on(loan: Loan, hold: Hold) -> bool:
    """Tell whether another deferral follows on the last day, or the day after it."""
    if hold.until is None:
        return False
    next_day = hold.until + timedelta(days=1)
    return any(h.code == hold.code and h != hold and h.covers(next_day) for h in loan.holds)


def _text(hold: Hold) -> Text:
    if hold.until is None:
        return Text(
            f"Henstanden på {hold.loan} har ingen slutdato: aftal en, eller sig hvorfor ikke.",
            f"The deferral of {hold.loan} has no end: agree on one, or say why not.",
        )
    return Text(
        f"Henstanden på {hold.loan} slutter {long_day(hold.until, 'da')}: tag stilling, før den"
        " gør.",
        f"The deferral of {hold.loan} ends on {long_day(hold.until, 'en')}: decide before it"
        " does.",
    )
