"""ML101: a loan was paid out as a grant.

The decision says loan, and the whole payout stands as a grant (5.58.80, art 5.2) or on an
account that the chart does not know. Aktivloven § 65 allows both grants and loans, often for
the same person, so only the decision tells which it was: a grant with a grant decision, or
with none, is right, and this rule is silent on it.

Why it matters: the year shows an expense that is none, 9.32.25 lacks the debtor, the state
refunds money that is to come back, and a claim that is made up by hand afterwards is overdue
the day it is made. In Aarhus, 2011, borrowers got a reminder on the day of their payout. Until
it is settled, no reminder is sent to the borrower.

To settle it: `mikroledger reclassify` proposes the correction voucher (omposteringsbilag), and
a second person approves it with `mikroledger countersign`. The payout keeps its day, so the
plan does not move; a refund that was claimed is taken back in the same voucher. Book the same
voucher in the ERP. The fix is unsafe: one payment may hold both a loan and a grant, so look at
the decision first. If it was a grant, it is the decision that must be recorded anew.

A payout that is tied to the loan by debtor, amount and day alone is a warning.

## På dansk

Bevillingen siger lån, men hele udbetalingen står som tilskud (5.58.80, art 5.2) eller på en
konto, som kontoplanen ikke kender. Efter aktivlovens § 65 kan samme person få både tilskud og
lån, så kun bevillingen viser, hvad pengene var. Et tilskud, der er bevilget som tilskud, eller
som ikke hører til nogen bevilling, er rigtigt, og reglen siger intet om det.

Hvorfor det betyder noget: Året viser en udgift, der ikke er en udgift. Låntageren mangler på
9.32.25. Staten refunderer penge, der skal betales tilbage. Og et krav, der laves i hånden
bagefter, er forfaldent samme dag. I Aarhus fik låntagere i 2011 en rykker den dag, lånet blev
udbetalt. Der sendes ingen rykker til låntageren, før fejlen er rettet.

Sådan retter du det: »mikroledger reclassify« foreslår et omposteringsbilag, og en anden person
godkender det med »mikroledger countersign«. Udbetalingsdagen står fast, så planen flytter sig
ikke, og hjemtaget refusion føres tilbage på samme bilag. Bogfør det samme bilag i
økonomisystemet. Se altid på bevillingen først: én udbetaling kan rumme både lån og tilskud.
Var det et tilskud, er det bevillingen, der skal registreres på ny.

Hænger udbetalingen kun sammen med lånet ved låntager, beløb og dag, er det en advarsel.

## Example

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

## Use instead

    2011-05-02 * "Bilag 70010"
      id: "000003-1"
      by: "anl"
      kind: "erp"
      flow: "out"
      loan: "L2011-0001"
      payment: "PAY-1"
      voucher: "70010/2011"
      Assets:Loans:P65:L2011-0001     20000.00 DKK
        source: "erp"
      Assets:Clearing:Payouts        -20000.00 DKK
"""

from collections.abc import Iterator

from mikroledger.domain import chart
from mikroledger.domain.finding import Hit, Severity
from mikroledger.domain.judge import loans_spent, misplaced, total
from mikroledger.domain.portfolio import Portfolio
from mikroledger.domain.rule import rule
from mikroledger.money import danish
from mikroledger.words import Text


@rule("ML101", "loan-as-grant", Severity.ERROR, manual=__doc__)
def loan_as_grant(folio: Portfolio) -> Iterator[Hit]:
    """See each loan payout that stands outside the loan, as anything but subsistence alone."""
    for spent in loans_spent(folio):
        if spent.split or set(spent.wrong) == {chart.SUBSISTENCE}:
            continue  # ML111 and ML103 say it.
        loan, amount = spent.payment.case, danish(total(spent.wrong))
        text = Text(
            f"Udbetalingen af {loan}, {amount} kr., står på en ukendt konto og skal omposteres til"
            " lånets konto.",
            f"The payout of {loan}, {amount} kr., stands on an unknown account and must be moved"
            " to the loan's account.",
        )
        if chart.GRANTS in spent.wrong:
            text = Text(
                f"Udbetalingen af {loan}, {amount} kr., står som tilskud og skal omposteres til"
                " lånets konto.",
                f"The payout of {loan}, {amount} kr., stands as a grant and must be moved to the"
                " loan's account.",
            )
        yield misplaced(folio, spent.payment, spent.wrong, text)
