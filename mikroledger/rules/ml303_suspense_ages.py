"""ML303: money lies in suspense for too long, and nobody owns it.

A line of the account statement could not be placed, or a repayment was taken back while its
money is in the bank, and it has been so for longer than policy allows (`suspense-days`). Money
in suspense is somebody's: a borrower may have paid, and be in arrears in the book. Each such
sum must have a date and an owner, and be gone at year end.

The rest of a line that pays several at once is not judged here: `reconcile` lists it.

To settle it: find out whose it is with `mikroledger match`, or from the payer's text in the
bank, and book it on the loan (`mikroledger repay` with the bank's reference takes it out of
suspense). If it is no business of this book, `match` says that too. Until it is known, say who
takes care of it: `mikroledger reconcile --explain suspense:ID` keeps a reason and a person, and
ends the finding while the sum is the same. There is no automatic fix: a guess is what the book
refuses.

## På dansk

En linje i kontoudtoget kunne ikke placeres, eller et afdrag er taget tilbage, mens pengene står i
banken, og det har varet længere, end politikken tillader (»suspense-days«). Uafklarede penge er
nogens: en låntager kan have betalt og stå i restance i bogen. Hvert beløb skal have en dato og en
ansvarlig, og det skal være væk ved årets slutning.

Resten af en linje, der betaler flere på én gang, dømmes ikke her: den viser »reconcile«.

Sådan retter du det: Find ud af, hvis pengene er, med »mikroledger match« eller ud fra betalerens
tekst i banken, og bogfør dem på lånet (»mikroledger repay« med bankens reference tager dem ud af
det uafklarede). Vedkommer de ikke denne bog, kan »match« også sige det. Så længe det ikke vides,
så sig, hvem der tager sig af dem: »mikroledger reconcile --explain suspense:ID« gemmer en
begrundelse og en person, og bemærkningen er væk, så længe beløbet er det samme. Der er ingen
automatisk rettelse, for bogen gætter ikke.

## Example

    2011-07-04 * "Banklinje"
      id: "000003-1"
      by: "anl"
      kind: "bank"
      Liabilities:Suspense             -500.00 DKK
      Assets:Bank                       500.00 DKK

## Use instead

    2011-07-04 * "Banklinje"
      id: "000003-1"
      by: "anl"
      kind: "bank"
      Liabilities:Suspense             -500.00 DKK
      Assets:Bank                       500.00 DKK

    2011-07-06 custom "mikroledger" "explained" "suspense:000003-1" -500.00 DKK
      id: "000004-1"
      by: "reg"
      kind: "explained"
      reason: "reg spørger banken, hvem der har betalt"
"""

from collections.abc import Iterator
from datetime import date, timedelta
from decimal import Decimal

from mikroledger.days import long_day
from mikroledger.domain import chart
from mikroledger.domain.finding import Hit, Severity
from mikroledger.domain.judge import suspended, suspended_payouts
from mikroledger.domain.ledger import Transaction
from mikroledger.domain.portfolio import Portfolio
from mikroledger.domain.rule import rule
from mikroledger.money import danish
from mikroledger.words import Text


@rule("ML303", "suspense-ages", Severity.WARNING, manual=__doc__)
def suspense_ages(folio: Portfolio) -> Iterator[Hit]:
    """See each sum that has been in suspense for longer than policy allows, without an owner."""
    last = folio.as_of - timedelta(days=folio.policy.number("suspense-days"))
    owned = {record.values for record in folio.ledger.records("explained")}
    told = {line.id for line, _ in suspended_payouts(folio)}  # ML106 says it.
    for entry, rest in suspended(folio.ledger):
        shared = entry.kind == "bank" and entry.on(chart.SUSPENSE) != -entry.on(chart.BANK)
        since = entry.value if entry.kind == "bank" else entry.booked
        names = (entry.id, entry.get("payment"))
        explained = any((f"suspense:{name}", rest) in owned for name in names)
        if rest and since < last and not (shared or explained or entry.id in told):
            yield _hit(entry, since, rest)


def _hit(entry: Transaction, since: date, amount: Decimal) -> Hit:
    text = Text(
        f"{danish(abs(amount))} kr. har ligget uafklaret siden {long_day(since, 'da')}: find ud"
        " af, hvis de er, eller sig, hvem der tager sig af dem.",
        f"{danish(abs(amount))} kr. has been in suspense since {long_day(since, 'en')}: find out"
        " whose it is, or say who takes care of it.",
    )
    return Hit(entry, text, entry.get("loan"), entry.get("debtor"), abs(amount))
