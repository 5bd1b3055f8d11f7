"""ML001: an acceptance does not say what it accepts, or why.

A finding that is right as it is may be accepted: `check` then counts it as ignored. An auditor
must be able to read years later who stood for that, and why. So an acceptance names the
finding, and its `ml-ignore` begins with the rule's code and goes on with a reason. One without
either hides nothing, and the finding that it was meant for is still open.

The command `mikroledger accept` writes no such record: somebody wrote it by hand. To settle
it: withdraw it with `mikroledger accept FINDING --withdraw --reason TEXT` (or delete the line,
where it stands in policy.beancount), and accept the finding anew with its reason. There is no
automatic fix: a reason is a person's.

## På dansk

En bemærkning, der er rigtig, som den er, kan accepteres, og så tæller »check« den som
accepteret. En revisor skal om flere år kunne læse, hvem der stod inde for det og hvorfor.
Derfor nævner en accept bemærkningen, og dens »ml-ignore« begynder med reglens kode og går videre
med en begrundelse. Mangler en af delene, skjuler den intet, og bemærkningen er stadig åben.

Kommandoen »mikroledger accept« skriver ikke sådan: nogen har skrevet den i hånden. Sådan retter
du det: Træk den tilbage med »mikroledger accept BEMÆRKNING --withdraw --reason TEKST« (eller slet
linjen, hvis den står i policy.beancount), og acceptér bemærkningen igen med en begrundelse. Der
er ingen automatisk rettelse, for en begrundelse er en persons.

## Example

    2011-05-02 custom "mikroledger" "accept" "ML204-000003-1"
      id: "000004-1"
      by: "anl"
      kind: "accept"
      ml-ignore: "ML204"

## Use instead

    2011-05-02 custom "mikroledger" "decision" "loan" "L2011-0009" 50000.00 DKK
      id: "000003-1"
      by: "anl"
      kind: "decision"
      loan: "L2011-0009"
      debtor: "D0009"
      every: "1m"
      instalments: 50

    2011-05-02 custom "mikroledger" "accept" "ML204-000003-1"
      id: "000004-1"
      by: "anl"
      kind: "accept"
      loan: "L2011-0009"
      ml-ignore: "ML204 udvalget har besluttet det, sag 2011-7"
"""

from collections.abc import Iterator

from mikroledger.domain.acceptance import acceptances
from mikroledger.domain.finding import Hit, Severity
from mikroledger.domain.portfolio import Portfolio
from mikroledger.domain.rule import rule
from mikroledger.words import Text


@rule("ML001", "acceptance-without-reason", Severity.WARNING, manual=__doc__, final=True)
def acceptance_without_reason(folio: Portfolio) -> Iterator[Hit]:
    """See each acceptance that names no finding, not its rule, or no reason."""
    for each in acceptances(folio.ledger):
        if not each.well_formed:
            what = each.finding
            text = Text(
                f"Accepten af {what or 'en unævnt bemærkning'} skjuler intet: skriv reglens kode"
                " og en begrundelse.",
                f"The acceptance of {what or 'an unnamed finding'} hides nothing: write the rule's"
                " code and a reason.",
            )
            record = each.record
            yield Hit(record, text, record.get("loan"), record.get("debtor"))
