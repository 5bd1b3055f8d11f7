"""ML504: the book's history was changed.

Each commit carries the hash of the one before it, and the run log knows the newest. Here the
chain breaks: an entry was edited, removed or put in by hand, or an older copy was put back.
Nothing that rests on the book can be shown any more: no letter is sent (LEDGER-SOUND), and
nothing is booked, until it is mended.

Nobody can accept this finding. To settle it: see with `mikroledger verify` which file and line
it is. Put the journal back from a backup (`mikroledger restore`); or, if the edit is right, take
it in with `mikroledger adopt`, which keeps who did so and why. There is no automatic fix: the
program cannot know which of two histories happened.

## På dansk

Hver bogføring bærer den foregåendes hash, og kørselsloggen kender den nyeste. Her er kæden brudt:
en postering er rettet, fjernet eller sat ind i hånden, eller en ældre kopi er lagt ind. Intet, der
hviler på bogen, kan vises mere: ingen breve sendes (LEDGER-SOUND), og intet bogføres, før det er
i orden.

Ingen kan acceptere denne bemærkning. Sådan retter du det: Se med »mikroledger verify«, hvilken
fil og linje det er. Læg journalen tilbage fra en sikkerhedskopi (»mikroledger restore«); eller,
hvis rettelsen er rigtig, tag den ind med »mikroledger adopt«, som husker hvem og hvorfor. Der er
ingen automatisk rettelse, for programmet kan ikke vide, hvad der skete.

## Example

    2011-05-02 custom "mikroledger" "commit" "000000"
      by: "anl"
      prev: ""

    2011-05-02 custom "mikroledger" "note" "som den blev rettet"
      id: "000000-1"
      by: "anl"
      kind: "note"

    2011-05-03 custom "mikroledger" "commit" "000001"
      by: "anl"
      prev: "f863facb4738317f2e7ae763d21ce8272c52decbdbe8c2d00912da65e8059b82"

## Use instead

    2011-05-02 custom "mikroledger" "commit" "000000"
      by: "anl"
      prev: ""

    2011-05-02 custom "mikroledger" "note" "som den blev skrevet"
      id: "000000-1"
      by: "anl"
      kind: "note"

    2011-05-03 custom "mikroledger" "commit" "000001"
      by: "anl"
      prev: "f863facb4738317f2e7ae763d21ce8272c52decbdbe8c2d00912da65e8059b82"
"""

import re
from collections.abc import Iterator

from mikroledger.domain.finding import Hit, Severity
from mikroledger.domain.ledger import Place, Record
from mikroledger.domain.portfolio import Portfolio
from mikroledger.domain.rule import rule
from mikroledger.words import Text

_WHERE = re.compile(r"(?P<file>\S+?)(?:, line (?P<line>[0-9]+))?:")
_NUMBER = re.compile(r"(?<![0-9])[0-9]{6,}(?![0-9])")


@rule("ML504", "history-changed", Severity.ERROR, manual=__doc__, final=True)
def history_changed(folio: Portfolio) -> Iterator[Hit]:
    """See each place where the chain breaks, as whoever loaded the book found it."""
    for da, en in folio.ledger.flaws:
        where = _WHERE.match(en)
        file, line = (where["file"], int(where["line"] or 0)) if where else ("", 0)
        number = _NUMBER.search(en)
        meta = {"id": number[0] if number else "book"}
        yield Hit(Record(folio.as_of, "commit", meta=meta, place=Place(file, line)), Text(da, en))
