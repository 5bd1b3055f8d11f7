"""ML308: the benefit to live on while the business is set up is about to end.

The support that goes with setting up a business lasts six months, and may be prolonged a short
time (aktivloven § 65 stk. 2 in its day; policy `benefit-months`). It counts from the decision,
for a benefit is paid at the end of its month. In the summer, people in Aarhus stood without money
because nobody had seen the end coming. It is told some weeks before (`benefit-notice-days`); this
is a note, for whether it is prolonged is decided by people.

To settle it: talk with the person, and decide before the day. A prolonged benefit is a new
decision (`mikroledger approve --kind subsistence`). Once the day has passed nothing is said.
There is no automatic fix.

## På dansk

Støtten til forsørgelse, mens virksomheden etableres, varer seks måneder og kan forlænges en
kortere tid (aktivlovens § 65, stk. 2, i sin tid; politikken »benefit-months«). Den regnes fra
bevillingen, for en ydelse betales ved månedens slutning. I Aarhus stod folk om sommeren uden
penge, fordi ingen havde set slutningen komme. Det siges nogle uger før (»benefit-notice-days«);
det er en note, for om den forlænges, afgør mennesker.

Sådan retter du det: Tal med borgeren, og tag stilling før dagen. En forlænget ydelse er en ny
bevilling (»mikroledger approve --kind subsistence«). Når dagen er gået, siges der intet. Der er
ingen automatisk rettelse.

## Example

    2011-07-10 custom "mikroledger" "decision" "subsistence" "S2011-0009" 14000.00 DKK
      id: "000003-1"
      by: "anl"
      kind: "decision"
      loan: "S2011-0009"
      debtor: "D0009"

## Use instead

    2011-07-10 custom "mikroledger" "decision" "subsistence" "S2011-0009" 14000.00 DKK
      id: "000003-1"
      by: "anl"
      kind: "decision"
      loan: "S2011-0009"
      debtor: "D0009"

    2011-12-20 custom "mikroledger" "decision" "subsistence" "S2011-0010" 14000.00 DKK
      id: "000004-1"
      by: "anl"
      kind: "decision"
      loan: "S2011-0010"
      debtor: "D0009"
"""

from collections.abc import Iterator
from datetime import timedelta

from mikroledger.days import add_period, long_day
from mikroledger.domain.finding import Hit, Severity
from mikroledger.domain.portfolio import Portfolio
from mikroledger.domain.rule import rule
from mikroledger.words import Text


@rule("ML308", "benefit-period-ending", Severity.NOTE, manual=__doc__)
def benefit_period_ending(folio: Portfolio) -> Iterator[Hit]:
    """See each benefit whose last day is near, and that no later decision goes on with."""
    benefits = [case for case in folio.cases.values() if case.kind == "subsistence"]
    if not benefits:
        return
    period = f"{folio.policy.number('benefit-months') or 1}m"
    notice = timedelta(days=folio.policy.number("benefit-notice-days"))
    for case in benefits:
        last = add_period(case.decided, period) - timedelta(days=1)
        later = any(c.debtor == case.debtor and c.decided > case.decided for c in benefits)
        if not later and last - notice <= folio.as_of <= last:
            text = Text(
                f"Forsørgelsen {case.number} slutter {long_day(last, 'da')}: tag stilling til,"
                " hvad der så skal ske.",
                f"The benefit {case.number} ends on {long_day(last, 'en')}: decide what is to"
                " follow.",
            )
            yield Hit(case.record, text, case.number, case.debtor)
