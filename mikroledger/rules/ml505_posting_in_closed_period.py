"""ML505: something was booked in a month that had been closed.

The accounts of a closed month were reconciled, signed and handed on. An entry that was booked
later bears a date in it, so those accounts no longer say what was signed, and the balance of the
month is another one than the auditor has. What becomes known later belongs in the first open
month, and keeps its own day as value day (`value`): plan and arrears go by that.

mikroledger dates no entry so: a file was written or edited by hand. To settle it: see with
`mikroledger verify` whose commit it is, take the entry back with `mikroledger reverse`, and book
it again. If it must stand, `mikroledger accept` says why, and a second person signs. There is no
automatic fix: whether a closed month is changed is for the leader of the accounts to say.

## På dansk

Regnskabet for en lukket måned er afstemt, underskrevet og givet videre. En postering, der er
bogført senere, bærer en dato i den, så det regnskab siger ikke længere det, der blev skrevet under
på, og månedens saldo er en anden end den, revisor har. Det, der bliver kendt senere, hører til i
den første åbne måned og beholder sin egen dag som valørdag (»value«): den følger plan og restance.

Mikroledger daterer ikke sådan: en fil er skrevet eller rettet i hånden. Sådan retter du det: Se
med »mikroledger verify«, hvis bogføring det er, tag posteringen tilbage med »mikroledger reverse«,
og bogfør den igen. Skal den stå, siger »mikroledger accept« hvorfor, og en anden person godkender.
Der er ingen automatisk rettelse, for om en lukket måned ændres, afgør regnskabets leder.

## Example

    2011-06-01 custom "mikroledger" "close" "2011-05"
      id: "000003-1"
      by: "reg"
      kind: "close"

    2011-05-31 custom "mikroledger" "hold" "DISPUTE"
      id: "000004-1"
      by: "anl"
      kind: "hold"
      loan: "L2011-0001"
      reason: "indsigelse"

## Use instead

    2011-06-01 custom "mikroledger" "close" "2011-05"
      id: "000003-1"
      by: "reg"
      kind: "close"

    2011-06-01 custom "mikroledger" "hold" "DISPUTE"
      id: "000004-1"
      by: "anl"
      kind: "hold"
      loan: "L2011-0001"
      reason: "indsigelse"
      value: 2011-05-31
"""

from collections.abc import Iterator

from mikroledger.days import long_day
from mikroledger.domain.finding import Hit, Severity
from mikroledger.domain.periods import CLOSE, month_of, parse_month
from mikroledger.domain.portfolio import Portfolio
from mikroledger.domain.rule import rule
from mikroledger.words import Text


@rule("ML505", "posting-in-closed-period", Severity.ERROR, manual=__doc__)
def posting_in_closed_period(folio: Portfolio) -> Iterator[Hit]:
    """See each entry that a later commit than the closing dates in a closed month."""
    closed = [
        (record.commit, parse_month(str(record.values[0])).last)
        for record in folio.ledger.records(CLOSE)
    ]
    if not closed:
        return
    for entry in folio.own:
        before = (last for commit, last in closed if commit < entry.commit)
        if entry.id and entry.day <= max(before, default=entry.day.min):
            month = month_of(entry.day)
            text = Text(
                f"{entry.id} er dateret {long_day(entry.day, 'da')}, men {month} var lukket: tag"
                " den tilbage, og bogfør den i en åben måned.",
                f"{entry.id} is dated {long_day(entry.day, 'en')}, but {month} was closed: take it"
                " back, and book it in an open month.",
            )
            yield Hit(entry, text, entry.get("loan"), entry.get("debtor"))
