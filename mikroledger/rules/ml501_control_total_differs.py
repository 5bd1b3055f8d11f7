"""ML501: the ERP's balance of an account is not the book's.

Per account, the book must be what the ERP shows, plus what the book is ahead (a correction or a
payout that no ERP list has shown yet), less what could not be placed. On the day that was
compared it was not, and nothing in the book explains it: a posting is missing here, or one was
made in the ERP that no list has brought. The control account (9.32.25) and the loans are then
two truths, and an auditor will find it.

The comparison covers the whole book, so the command that makes it (`reconcile`) records both
sums; the newest of each account counts.

To settle it: import the ERP lists that are missing, and compare again; look for rows outside the
column map, and for a period that was closed in the ERP. Or record what explains it. There is no
automatic fix: the sum alone does not say which posting it is.

## På dansk

For hver konto skal bogen være det, økonomisystemet viser, plus det, bogen er foran (en rettelse
eller udbetaling, som ingen liste har vist endnu), minus det, der ikke kunne placeres. Den dag, der
blev sammenlignet, var den ikke det, og intet i bogen forklarer det: en postering mangler her,
eller der er lavet en i økonomisystemet, som ingen liste har bragt. Så er statuskontoen (9.32.25)
og lånene to sandheder, og det finder revisor.

Sammenligningen omfatter hele bogen, så den kommando, der laver den (»reconcile«), registrerer
begge beløb; den nyeste for hver konto gælder.

Sådan retter du det: Indlæs de lister fra økonomisystemet, der mangler, og sammenlign igen; se
efter rækker uden for kolonnekortet, og efter en periode, der er lukket i økonomisystemet. Eller
registrér, hvad der forklarer det. Der er ingen automatisk rettelse, for beløbet alene siger ikke,
hvilken postering det er.

## Example

    2011-05-31 custom "mikroledger" "control-total" "9.32.25" 118000.00 DKK 120000.00 DKK
      id: "000003-1"
      by: "reg"
      kind: "control-total"

## Use instead

    2011-05-31 custom "mikroledger" "control-total" "9.32.25" 120000.00 DKK 120000.00 DKK
      id: "000003-1"
      by: "reg"
      kind: "control-total"
"""

from collections.abc import Iterator
from decimal import Decimal

from mikroledger.domain.finding import Hit, Severity
from mikroledger.domain.ledger import Record
from mikroledger.domain.portfolio import Portfolio
from mikroledger.domain.rule import rule
from mikroledger.money import danish
from mikroledger.words import Text


@rule("ML501", "control-total-differs", Severity.ERROR, manual=__doc__)
def control_total_differs(folio: Portfolio) -> Iterator[Hit]:
    """See each account whose newest comparison with the ERP left a difference."""
    newest: dict[str, Record] = {}
    for record in folio.ledger.records("control-total"):
        if record.value <= folio.as_of:
            newest[str(record.values[0])] = record
    for account, record in newest.items():
        _, erp, book = record.values
        assert isinstance(erp, Decimal), "a control total names the ERP's amount"
        assert isinstance(book, Decimal), "a control total names the book's amount"
        if erp != book and not record.get("reason"):
            text = Text(
                f"{account}: økonomisystemet viser {danish(erp)} kr. og bogen {danish(book)} kr.:"
                " indlæs de lister, der mangler, og afstem igen.",
                f"{account}: the ERP shows {danish(erp)} kr. and the book {danish(book)} kr.:"
                " import the lists that are missing, and reconcile again.",
            )
            yield Hit(record, text, amount=abs(erp - book))
