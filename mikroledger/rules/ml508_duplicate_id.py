"""ML508: two entries have one id, or one key.

An id names one entry for ever: corrections, signatures, letters and acceptances point to it.
A key names one record, so that it is booked once. Two entries under one of them are one record
copied, or a file that was put together by hand: the money is in the book twice, and what points
to the id points to both. A proposal and the posting that it became share an id; that is right.

mikroledger books no such entry. To settle it: see with `mikroledger verify` which file was put
in or edited, and restore the journal; or take the copy back with `mikroledger reverse`, if it
is a posting of ours. There is no automatic fix: which of the two is the copy, a person must say.

## På dansk

Et id nævner én postering for altid: rettelser, godkendelser, breve og accepter peger på det. En
nøgle nævner én postering, så den bogføres én gang. To posteringer under det samme er én, der er
kopieret, eller en fil, der er sat sammen i hånden: pengene er i bogen to gange, og det, der peger
på id'et, peger på begge. Et forslag og den postering, det blev til, deler id; det er rigtigt.

Mikroledger bogfører ikke sådan. Sådan retter du det: Se med »mikroledger verify«, hvilken fil der
er sat ind eller rettet, og læg journalen tilbage; eller tag kopien tilbage med »mikroledger
reverse«, hvis det er en af vore egne posteringer. Der er ingen automatisk rettelse, for hvilken
af de to der er kopien, må en person sige.

## Example

    2011-08-01 custom "mikroledger" "hold" "DISPUTE"
      id: "000003-1"
      by: "anl"
      kind: "hold"
      loan: "L2011-0001"
      reason: "indsigelse"

    2011-08-01 custom "mikroledger" "hold" "DISPUTE"
      id: "000003-1"
      by: "anl"
      kind: "hold"
      loan: "L2011-0001"
      reason: "indsigelse"

## Use instead

    2011-08-01 custom "mikroledger" "hold" "DISPUTE"
      id: "000003-1"
      by: "anl"
      kind: "hold"
      loan: "L2011-0001"
      reason: "indsigelse"

    2011-08-01 custom "mikroledger" "hold" "DISPUTE"
      id: "000003-2"
      by: "anl"
      kind: "hold"
      loan: "L2011-0001"
      reason: "indsigelse"
"""

from collections.abc import Collection, Iterator

from mikroledger.domain.finding import Hit, Severity
from mikroledger.domain.ledger import Entry, Ledger, Opening, Record, keys_of
from mikroledger.domain.portfolio import Portfolio
from mikroledger.domain.rule import rule
from mikroledger.words import Text


@rule("ML508", "duplicate-id", Severity.ERROR, manual=__doc__)
def duplicate_id(folio: Portfolio) -> Iterator[Hit]:
    """See each entry under an id or a key that an earlier one has."""
    ended = {record.get("proposal") for record in folio.ledger.records("declined")}
    common = folio.ledger.common
    taken: set[str] = set(common.once(_names)) if common else set()
    for entry in folio.ledger.own:
        names = _names_of(entry, ended)
        if not taken.isdisjoint(names):
            text = Text(
                f"Bogen har to posteringer under {entry.id} eller samme nøgle: se, hvilken af dem"
                " der er en kopi.",
                f"The book has two entries under {entry.id} or one key: see which of them is a"
                " copy.",
            )
            yield Hit(entry, text, entry.get("loan"), entry.get("debtor"))
        taken.update(names)


def _names(ledger: Ledger) -> frozenset[str]:
    """Return every name that is taken."""
    ended = {record.get("proposal") for record in ledger.records("declined")}
    return frozenset(name for entry in ledger.entries for name in _names_of(entry, ended))


def _names_of(entry: Entry, ended: Collection[str]) -> list[str]:
    """Return the id and the keys of an entry; a proposal that was declined frees its keys."""
    number = entry.id
    if not number or isinstance(entry, Opening):
        return []
    keys = [f"key {key}" for key in keys_of(entry)] if number not in ended else []
    return [*keys, f"proposal {number}" if _proposes(entry) else number]


def _proposes(entry: Entry) -> bool:
    return isinstance(entry, Record) and entry.name == "proposal"
