"""ML506: an entry names a loan or a debtor that the book does not know.

An entry bears a loan's number under which no decision stands, or a decision names no debtor.
There is nothing that says what was agreed, with whom, or whom to write to; a debt on such a
number is nobody's. mikroledger books on known loans only: a commit was edited by hand, or the
one with the decision is missing. It is told once for each number.

The register of borrowers is a file of its own, and a rule does not read it: whether a debtor's
number is registered is asked where it is used (`approve`, letters).

To settle it: see with `mikroledger verify` whether a commit is missing, and put it back from a
backup. Else record the decision with `mikroledger approve --loan NUMBER`. There is no automatic
fix: a decision is made by people.

## På dansk

En postering bærer et lånenummer, som der ikke står nogen bevilling under, eller en bevilling
nævner ingen låntager. Intet siger, hvad der er aftalt og med hvem, eller hvem der skal skrives
til; en gæld på sådan et nummer er ingens. Mikroledger bogfører kun på kendte lån: en bogføring er
rettet i hånden, eller den med bevillingen mangler. Det siges én gang for hvert nummer.

Låntagerregistret er en fil for sig, og en regel læser det ikke: om et låntagernummer er
registreret, spørges der om, hvor det bruges (»approve«, breve).

Sådan retter du det: Se med »mikroledger verify«, om en bogføring mangler, og læg den tilbage fra
en sikkerhedskopi. Ellers registrér bevillingen med »mikroledger approve --loan NUMMER«. Der er
ingen automatisk rettelse, for en bevilling er en afgørelse.

## Example

    2011-08-01 custom "mikroledger" "hold" "DISPUTE"
      id: "000003-1"
      by: "anl"
      kind: "hold"
      loan: "L2011-0099"
      reason: "indsigelse"

## Use instead

    2011-08-01 custom "mikroledger" "hold" "DISPUTE"
      id: "000003-1"
      by: "anl"
      kind: "hold"
      loan: "L2011-0001"
      reason: "indsigelse"
"""

from collections.abc import Iterator

from mikroledger.domain.finding import Hit, Severity
from mikroledger.domain.portfolio import Portfolio
from mikroledger.domain.rule import rule
from mikroledger.words import Text


@rule("ML506", "unknown-loan", Severity.ERROR, manual=__doc__)
def unknown_loan(folio: Portfolio) -> Iterator[Hit]:
    """See the first entry on each number without a decision, and decisions without a debtor."""
    seen: set[str] = set()
    for entry in folio.own:
        number = entry.get("loan")
        if number and number not in folio.cases and number not in seen:
            seen.add(number)
            text = Text(
                f"{entry.id} nævner {number}, som der ikke står nogen bevilling under: find"
                " bevillingen, og registrér den.",
                f"{entry.id} names {number}, under which no decision stands: find the decision,"
                " and record it.",
            )
            yield Hit(entry, text, number, entry.get("debtor"))
    for case in folio.cases.values():
        if not case.debtor and case.decided <= folio.as_of:
            text = Text(
                f"Bevillingen {case.number} nævner ingen låntager: registrér den på ny med"
                " låntagerens nummer.",
                f"The decision {case.number} names no debtor: record it anew with the debtor's"
                " number.",
            )
            yield Hit(case.record, text, case.number)
