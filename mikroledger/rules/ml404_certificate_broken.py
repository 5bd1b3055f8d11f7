"""ML404: a letter or its certificate is not what was recorded.

The book keeps a hash of each letter (PDF) and of its certificate, which says why the letter was
sent. The file is gone, or another one now: what the borrower got cannot be shown any more, and
years later nobody could answer why it was sent. The book itself is whole.

`check` reads the files of all letters for this; `verify` tells the same, and letters that no
record knows. No reminder is sent by `remind` because of it, for the run does not look.

To settle it: put the file back from a backup (`mikroledger restore` into another folder, and
copy it from there); the same letter made again from the same book and day is the same bytes. If
it is lost, `mikroledger accept` says so, and a second person signs. There is no automatic fix.

## På dansk

Bogen gemmer en hash af hvert brev (PDF) og af dets certifikat, som siger, hvorfor brevet blev
sendt. Filen er væk, eller den er en anden nu: det kan ikke længere vises, hvad låntageren fik, og
om flere år kan ingen svare på, hvorfor det blev sendt. Selve bogen er hel.

»check« læser filerne til alle breve for at se det; »verify« siger det samme, og nævner breve, som
bogen ikke kender. »remind« holder intet tilbage for det, for kørslen ser ikke efter.

Sådan retter du det: Læg filen tilbage fra en sikkerhedskopi (»mikroledger restore« til en anden
mappe, og kopiér den derfra); det samme brev, lavet igen af samme bog og dag, er de samme bytes.
Er den tabt, siger »mikroledger accept« det, og en anden person godkender. Der er ingen automatisk
rettelse.

## Example

    2011-05-02 custom "mikroledger" "letter" "payout"
      id: "000003-1"
      by: "anl"
      kind: "letter"
      loan: "L2011-0001"
      file: "letters/2011/lost.pdf"
      sha256: "1111"
      certificate: "2222"

## Use instead

    2011-05-02 custom "mikroledger" "letter" "payout"
      id: "000003-1"
      by: "anl"
      kind: "letter"
      loan: "L2011-0001"
      file: "letters/2011/kept.pdf"
      sha256: "1111"
      certificate: "2222"
"""

from collections.abc import Iterator

from mikroledger.domain.finding import Hit, Severity
from mikroledger.domain.portfolio import Portfolio, case_of
from mikroledger.domain.rule import rule
from mikroledger.words import Text


@rule("ML404", "certificate-broken", Severity.ERROR, manual=__doc__)
def certificate_broken(folio: Portfolio) -> Iterator[Hit]:
    """See each letter whose file or certificate has another hash than its record; or none."""
    if folio.files is None:
        return
    for record in folio.ledger.records("letter"):
        file = record.get("file")
        if not file or record.value > folio.as_of:
            continue
        said = {file: record.get("sha256"), certificate_of(file): record.get("certificate")}
        wrong = [name for name, digest in said.items() if folio.files.get(name) != digest]
        if wrong:
            case = case_of(folio, record)
            text = Text(
                f"{wrong[0]} er ikke den fil, som bogen kender: læg den tilbage fra en"
                " sikkerhedskopi.",
                f"{wrong[0]} is not the file that the book knows: put it back from a backup.",
            )
            yield Hit(record, text, record.get("loan"), case.debtor if case else "")


def certificate_of(file: str) -> str:
    """Return the name of the certificate beside a letter."""
    return f"{file.removesuffix('.pdf')}.json"
