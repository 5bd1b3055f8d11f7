"""ML305: what was granted, what was planned and what was paid out do not add up.

The instalments of the plan together are not the sum that was granted; or the first of them has
fallen due, and less was paid out than the plan asks back. The borrower would be asked for money
that they never agreed to, or never got. No reminder is sent meanwhile (PRINCIPAL-AGREES).

A payout in parts is right until the first instalment is past. More than was granted is ML201 or
ML202.

To settle it: see the decision. Pay the rest (`mikroledger disburse`), or agree on a plan for
what was paid out; a plan that was typed wrong is recorded anew with its decision. There is no
automatic fix: a plan is an agreement.

## På dansk

Planens rater er tilsammen ikke det beløb, der er bevilget; eller den første er forfaldet, og der
er udbetalt mindre, end planen kræver tilbage. Låntageren ville blive bedt om penge, de aldrig har
sagt ja til eller aldrig har fået. Der sendes ingen rykker imens (PRINCIPAL-AGREES).

En udbetaling i dele er rigtig, til den første rate er passeret. Mere end bevilget er ML201 eller
ML202.

Sådan retter du det: Se på bevillingen. Udbetal resten (»mikroledger disburse«), eller aftal en
plan for det, der er udbetalt; en plan, der er tastet forkert, registreres på ny med bevillingen.
Der er ingen automatisk rettelse, for en plan er en aftale.

## Example

    2011-04-11 custom "mikroledger" "decision" "loan" "L2011-0009" 12000.00 DKK
      id: "000003-1"
      by: "anl"
      kind: "decision"
      loan: "L2011-0009"
      debtor: "D0009"
      plan: "2011-07-01 6000.00, 2011-08-01 5000.00"

## Use instead

    2011-04-11 custom "mikroledger" "decision" "loan" "L2011-0009" 12000.00 DKK
      id: "000003-1"
      by: "anl"
      kind: "decision"
      loan: "L2011-0009"
      debtor: "D0009"
      plan: "2011-07-01 6000.00, 2011-08-01 6000.00"
"""

from collections.abc import Iterator

from mikroledger.domain.finding import Hit, Severity
from mikroledger.domain.plan import total
from mikroledger.domain.portfolio import Portfolio
from mikroledger.domain.rule import rule
from mikroledger.money import ZERO, danish
from mikroledger.words import Text


@rule("ML305", "plan-disagrees", Severity.ERROR, manual=__doc__)
def plan_disagrees(folio: Portfolio) -> Iterator[Hit]:
    """See each loan whose plan is not its principal, or asks back more than was paid out."""
    for loan in folio.loans.values():
        if loan.case.decided > folio.as_of:
            continue
        granted, planned, paid = loan.case.principal, total(loan.plan), loan.disbursed
        begun = bool(loan.plan) and min(part.pay_by for part in loan.plan) < folio.as_of
        missing = granted - paid if begun and loan.outstanding and paid < granted else ZERO
        if planned != granted or missing:
            text = Text(
                f"{loan.number}: bevilget {danish(granted)} kr., plan {danish(planned)} kr.,"
                f" udbetalt {danish(paid)} kr.: se på bevillingen, hvad der er rigtigt.",
                f"{loan.number}: granted {danish(granted)} kr., planned {danish(planned)} kr.,"
                f" paid out {danish(paid)} kr.: look the decision up, and see which is right.",
            )
            amount = abs(planned - granted) or missing
            yield Hit(loan.case.record, text, loan.number, loan.case.debtor, amount)
