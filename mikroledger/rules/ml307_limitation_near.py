"""ML307: an unpaid instalment is soon barred by limitation.

A claim is barred (forældet) three years after it could first be demanded, ten where the debt is
acknowledged in writing, as by a signed gældsbrev (forældelsesloven §§ 2, 3 and 5; `approve
--promissory-note`). Each instalment counts from its own last day in time. What is barred cannot
be asked for, and the municipality has lost money by waiting. It is told some months before
(policy `limitation-months`), once per loan, and also afterwards.

This is a note: what has interrupted limitation (an acknowledgement, § 15, or a case at
Gældsstyrelsen) is not in the book, and neither is the weekday on which the day may end (§ 27).

To settle it: look into the case. If the borrower acknowledges the debt in writing, or it is
handed over in time, `mikroledger accept` says so with the day. There is no automatic fix.

## På dansk

Et krav forældes tre år efter, at det tidligst kunne kræves betalt, og ti år efter, hvis gælden er
anerkendt skriftligt, for eksempel i et underskrevet gældsbrev (forældelsesloven §§ 2, 3 og 5;
»approve --promissory-note«). Hver rate tæller fra sin egen sidste rettidige betalingsdato. Det
forældede kan ikke kræves, og kommunen har mistet penge ved at vente. Det siges nogle måneder før
(politikken »limitation-months«), én gang for hvert lån, og også bagefter.

Det er en note: hvad der har afbrudt forældelsen (en erkendelse, § 15, eller en sag hos
Gældsstyrelsen), står ikke i bogen, og det gør den hverdag, fristen kan rykke til (§ 27), heller
ikke.

Sådan retter du det: Se på sagen. Erkender låntageren gælden skriftligt, eller bliver den
overdraget i tide, siger »mikroledger accept« det med dagen. Der er ingen automatisk rettelse.

## Example

    1970-01-01 open Assets:Loans:P65:L2008-0009     DKK

    2008-05-05 custom "mikroledger" "decision" "loan" "L2008-0009" 12000.00 DKK
      id: "000003-1"
      by: "anl"
      kind: "decision"
      loan: "L2008-0009"
      debtor: "D0009"
      plan: "2009-03-02 6000.00, 2019-01-02 6000.00"

    2008-05-06 * "Udbetaling af lån L2008-0009"
      id: "000004-1"
      by: "anl"
      countersigned: "mkj"
      kind: "disburse"
      flow: "out"
      loan: "L2008-0009"
      payment: "PAY-1"
      Assets:Loans:P65:L2008-0009     12000.00 DKK
      Assets:Clearing:Payouts        -12000.00 DKK

## Use instead

    1970-01-01 open Assets:Loans:P65:L2008-0009     DKK

    2008-05-05 custom "mikroledger" "decision" "loan" "L2008-0009" 12000.00 DKK
      id: "000003-1"
      by: "anl"
      kind: "decision"
      loan: "L2008-0009"
      debtor: "D0009"
      plan: "2009-03-02 6000.00, 2019-01-02 6000.00"
      promissory-note: TRUE

    2008-05-06 * "Udbetaling af lån L2008-0009"
      id: "000004-1"
      by: "anl"
      countersigned: "mkj"
      kind: "disburse"
      flow: "out"
      loan: "L2008-0009"
      payment: "PAY-1"
      Assets:Loans:P65:L2008-0009     12000.00 DKK
      Assets:Clearing:Payouts        -12000.00 DKK
"""

from collections.abc import Iterator
from itertools import takewhile

from mikroledger.days import add_period, long_day
from mikroledger.domain.finding import Hit, Severity
from mikroledger.domain.portfolio import Portfolio
from mikroledger.domain.rule import rule
from mikroledger.money import ZERO, danish
from mikroledger.words import Text

_YEARS = {False: 3, True: 10}
"""Years of limitation without and with a signed gældsbrev (forældelsesloven §§ 3 and 5)."""


@rule("ML307", "limitation-near", Severity.NOTE, manual=__doc__)
def limitation_near(folio: Portfolio) -> Iterator[Hit]:
    """See each loan with an unpaid instalment that is barred within some months, or already."""
    horizon = add_period(folio.as_of, f"{folio.policy.number('limitation-months') or 1}m")
    for loan in folio.loans.values():
        after = f"{_YEARS[loan.case.note]}y"
        late = loan.late if loan.outstanding else ()
        barred = ((add_period(s.part.pay_by, after), s.missing) for s in late)
        old = list(takewhile(lambda each: each[0] <= horizon, barred))  # the oldest comes first
        if old:
            day, _ = old[0]
            amount = min(sum((missing for _, missing in old), ZERO), loan.outstanding)
            text = Text(
                f"{danish(amount)} kr. af {loan.number} forældes fra {long_day(day, 'da')}: se på"
                " sagen, før det er for sent.",
                f"{danish(amount)} kr. of {loan.number} is barred from {long_day(day, 'en')} on:"
                " look into the case before it is too late.",
            )
            yield Hit(loan.case.record, text, loan.number, loan.case.debtor, amount)
