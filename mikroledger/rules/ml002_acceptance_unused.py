"""ML002: an acceptance hides nothing.

It names a finding that is not there, or not as it was: it has been settled since, its amount is
another, it has become an error and no second person has signed, or nobody may accept it. What
was accepted was one thing that somebody looked at; the same rule on the same posting may find
another one later, and that is open.

To settle it: see with `mikroledger check` whether the finding is open in another form. Then
withdraw the acceptance with `mikroledger accept FINDING --withdraw --reason TEXT`; if the
finding as it is now is right too, accept that one. This is a note, for nothing is wrong with
the books. There is no automatic fix.

## På dansk

Den nævner en bemærkning, der ikke er der, eller som er en anden end dengang: den er løst siden,
beløbet er et andet, den er blevet til en fejl, som ingen anden person har godkendt, eller den
kan ikke accepteres. Det, der blev accepteret, var én ting, som nogen så på; den samme regel kan
senere finde noget andet på den samme postering, og det er åbent.

Sådan retter du det: Se med »mikroledger check«, om bemærkningen er åben i en anden form. Træk så
accepten tilbage med »mikroledger accept BEMÆRKNING --withdraw --reason TEKST«; er bemærkningen
også rigtig, som den er nu, så acceptér den. Det er kun en note, for bøgerne fejler ikke noget.
Der er ingen automatisk rettelse.

## Example

    2011-05-02 custom "mikroledger" "accept" "ML204-000003-1"
      id: "000004-1"
      by: "anl"
      kind: "accept"
      loan: "L2011-0001"
      ml-ignore: "ML204 udvalget har besluttet det, sag 2011-7"

## Use instead

    2011-05-02 custom "mikroledger" "accept" "ML204-000003-1"
      id: "000004-1"
      by: "anl"
      kind: "accept"
      loan: "L2011-0001"
      ml-ignore: "ML204 udvalget har besluttet det, sag 2011-7"

    2011-06-01 custom "mikroledger" "withdrawn" "ML204-000003-1"
      id: "000005-1"
      by: "anl"
      kind: "withdrawn"
      loan: "L2011-0001"
      ends: "000004-1"
      reason: "bevillingen er registreret på ny"
"""

from collections.abc import Iterator

from mikroledger.domain.finding import Hit, Severity
from mikroledger.domain.portfolio import Portfolio
from mikroledger.domain.rule import rule
from mikroledger.words import Text


@rule("ML002", "acceptance-unused", Severity.NOTE, manual=__doc__, final=True, last=True)
def acceptance_unused(folio: Portfolio) -> Iterator[Hit]:
    """See each acceptance that hides none of the day's findings."""
    for record in folio.idle:
        if record.value <= folio.as_of:
            what = record.values[0]
            text = Text(
                f"Accepten af {what} skjuler intet mere: træk den tilbage, eller acceptér det, der"
                " er åbent nu.",
                f"The acceptance of {what} hides nothing any more: withdraw it, or accept what is"
                " open now.",
            )
            yield Hit(record, text, record.get("loan"), record.get("debtor"))
