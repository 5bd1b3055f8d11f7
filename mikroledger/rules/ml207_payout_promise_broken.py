"""ML207: a payout was promised for a day, and that day has passed.

The borrower was told to expect the money on a day (`approve --promised`), it is not paid out,
and no letter has said so. In Aarhus, 2011, the money was promised for 1 April and came a month
later; people had made agreements on the strength of it. Once it is paid out the payout letter
tells everything; where it was paid late and nobody has written for some time since (policy
`notice-days`), the finding stays.

To settle it: pay out, or write to the borrower before the day when to expect it instead (a
letter of kind `waiting`, whose deadline is the new day). If the loan was given up, accept the
finding with `mikroledger accept` and the reason. There is no automatic fix: a promise is kept
by people.

## På dansk

Låntageren fik at vide, at pengene ville komme en bestemt dag (»approve --promised«), de er ikke
udbetalt, og intet brev har sagt det. I Aarhus blev pengene i 2011 lovet til 1. april og kom en
måned senere; folk havde lavet aftaler i tillid til det. Når lånet er udbetalt, fortæller
udbetalingsbrevet det hele; er det udbetalt for sent, og har ingen skrevet i nogen tid siden
(politikken »notice-days«), bliver bemærkningen stående.

Sådan retter du det: Udbetal, eller skriv til låntageren, før dagen kommer, hvornår pengene så kan
ventes (et brev af slagsen »waiting«, hvis frist er den nye dag). Er lånet opgivet, så acceptér
bemærkningen med »mikroledger accept« og en begrundelse. Der er ingen automatisk rettelse, for et
løfte holdes af mennesker.

## Example

    2011-03-25 custom "mikroledger" "decision" "loan" "L2011-0009" 20000.00 DKK
      id: "000003-1"
      by: "anl"
      kind: "decision"
      loan: "L2011-0009"
      debtor: "D0009"
      every: "1m"
      instalments: 40
      promised: 2011-04-01

## Use instead

    2011-03-25 custom "mikroledger" "decision" "loan" "L2011-0009" 20000.00 DKK
      id: "000003-1"
      by: "anl"
      kind: "decision"
      loan: "L2011-0009"
      debtor: "D0009"
      every: "1m"
      instalments: 40
      promised: 2011-04-01

    2011-03-30 custom "mikroledger" "letter" "waiting"
      id: "000004-1"
      by: "anl"
      kind: "letter"
      loan: "L2011-0009"
      deadline: 2012-02-01
"""

from collections.abc import Iterator
from datetime import date, timedelta

from mikroledger.days import long_day
from mikroledger.domain.finding import Hit, Severity
from mikroledger.domain.judge import APOLOGY
from mikroledger.domain.portfolio import Loan, Portfolio
from mikroledger.domain.rule import rule
from mikroledger.words import Text


@rule("ML207", "payout-promise-broken", Severity.WARNING, manual=__doc__)
def payout_promise_broken(folio: Portfolio) -> Iterator[Hit]:
    """See each loan whose borrower waits, or waited, beyond the day that they know of."""
    silence = timedelta(days=folio.policy.number("notice-days"))
    for loan in folio.loans.values():
        promised, paid = _promised(loan), loan.paid_out
        if promised is None or promised >= (paid or folio.as_of):
            continue
        if paid is None or not (_told(loan) or folio.as_of <= paid + silence):
            yield Hit(
                loan.case.record,
                _text(loan, promised),
                loan.number,
                loan.case.debtor,
                loan.case.principal,
            )


def _promised(loan: Loan) -> date | None:
    """Return the day that the borrower knows of; a waiting letter without one leaves it open."""
    told = [letter for letter in loan.letters if letter.kind == "waiting"]
    return told[-1].deadline if told and loan.case.promised else loan.case.promised


def _told(loan: Loan) -> bool:
    """Tell whether the borrower was written to: the payout letter says all, or an apology."""
    return any(letter.kind in ("payout", APOLOGY) for letter in loan.letters)


def _text(loan: Loan, promised: date) -> Text:
    day_da, day_en = long_day(promised, "da"), long_day(promised, "en")
    if loan.paid_out:
        return Text(
            f"{loan.number} var lovet udbetalt {day_da}, kom senere, og låntageren har intet brev"
            " fået: skriv til låntageren.",
            f"{loan.number} was promised for {day_en}, came later, and the borrower got no letter:"
            " write to the borrower.",
        )
    return Text(
        f"{loan.number} er lovet udbetalt {day_da} og er det ikke: udbetal, eller skriv til"
        " låntageren, hvornår pengene kommer.",
        f"{loan.number} was promised for {day_en} and is not paid out: pay it, or write to the"
        " borrower when to expect it.",
    )
