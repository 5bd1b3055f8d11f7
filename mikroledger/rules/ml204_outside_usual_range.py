"""ML204: a loan is smaller or larger than loans here usually are.

The loans of 2011 were 5,000 to 42,000 kr. That is what happened and no limit of the law, so this
is a warning: most often a digit too many or too few was typed, and then plan, letters and refund
follow the wrong sum. The range is policy (`principal-min`, `principal-max`), as it was on the
day of the decision.

To settle it: see the decision itself. If the sum is wrong, the decision must be recorded anew;
if it is right, `mikroledger accept` says so, with the reason; if such sums are usual now, change
the policy from a day on. There is no automatic fix: only the decision knows.

## På dansk

Lånene i 2011 var på 5.000 til 42.000 kr. Det er, hvad der skete, og ikke en grænse i loven, så
det er en advarsel: oftest er der tastet et ciffer for meget eller for lidt, og så følger plan,
breve og refusion det forkerte beløb. Grænserne er politik (»principal-min«, »principal-max«), som
den var den dag, lånet blev bevilget.

Sådan retter du det: Se på bevillingen. Er beløbet forkert, skal bevillingen registreres på ny;
er det rigtigt, så sig det med »mikroledger accept« og en begrundelse; er sådanne beløb nu
almindelige, så ret politikken fra en dag af. Der er ingen automatisk rettelse, for kun
bevillingen ved det.

## Example

    2011-05-02 custom "mikroledger" "decision" "loan" "L2011-0009" 200000.00 DKK
      id: "000003-1"
      by: "anl"
      kind: "decision"
      loan: "L2011-0009"
      debtor: "D0009"
      every: "1m"
      instalments: 40

## Use instead

    2011-05-02 custom "mikroledger" "decision" "loan" "L2011-0009" 20000.00 DKK
      id: "000003-1"
      by: "anl"
      kind: "decision"
      loan: "L2011-0009"
      debtor: "D0009"
      every: "1m"
      instalments: 40
"""

from collections.abc import Iterator

from mikroledger.domain.finding import Hit, Severity
from mikroledger.domain.policy import policy_on
from mikroledger.domain.portfolio import Portfolio
from mikroledger.domain.rule import rule
from mikroledger.money import danish
from mikroledger.words import Text


@rule("ML204", "outside-usual-range", Severity.WARNING, manual=__doc__)
def outside_usual_range(folio: Portfolio) -> Iterator[Hit]:
    """See each loan whose principal lies outside the policy of its own day."""
    for case in folio.cases.values():
        if case.kind != "loan" or case.decided > folio.as_of:
            continue
        policy = policy_on(folio.ledger, case.decided)
        low, high = policy.amount("principal-min"), policy.amount("principal-max")
        if not low <= case.principal <= high:
            usual = f"{danish(low)}-{danish(high)}"
            text = Text(
                f"{case.number} er bevilget med {danish(case.principal)} kr., uden for det"
                f" sædvanlige ({usual} kr.): se på bevillingen, om det er rigtigt.",
                f"{case.number} was granted at {danish(case.principal)} kr., outside the usual"
                f" range ({usual} kr.): look the decision up.",
            )
            yield Hit(case.record, text, case.number, case.debtor, case.principal)
