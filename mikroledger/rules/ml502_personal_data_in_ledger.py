"""ML502: personal data stands in the ledger.

The ledger holds debtor numbers only; who they are is in the register, which can be erased by
itself. A CPR number in a text, a reason or a reference would stay for ever, be copied with
every backup, and be read by everybody who may read the book (databeskyttelsesforordningen,
articles 5 and 9). A word about benefits or illness in a text says more about a person than the
loan needs.

Seen as a CPR number: day, month, year and four digits, with or without a dash, also with 60
added to the day (erstatningspersonnummer), and without the check of modulus 11. Payment ids
(FIK), hashes and keys are longer or are left out. Ten bare digits in a reference, a payment id
or a voucher number may be the bank's or the ERP's own number: a warning. A word is a warning.

To settle it: an entry is never edited, and reversing it leaves the text. Tell the data
protection officer (databeskyttelsesrådgiver) and whoever keeps the book; they decide whether
the text is taken out by hand, which the hash chain will then show. Write a code or a case
number next time. There is no automatic fix, and the message never repeats what it found.

## På dansk

Bogen indeholder kun debitornumre; hvem de er, står i registret, som kan slettes for sig. Et
CPR-nummer i en tekst, en begrundelse eller en reference bliver stående for altid, følger med i
hver sikkerhedskopi og kan læses af alle, der må læse bogen (databeskyttelsesforordningen,
artikel 5 og 9). Et ord om ydelser eller sygdom siger mere om et menneske, end lånet kræver.

Som CPR-nummer regnes dag, måned, år og fire cifre, med eller uden bindestreg, også med 60 lagt
til dagen (erstatningspersonnummer) og uden kontrol af modulus 11. Betalings-id (FIK), kontroltal
og nøgler er længere eller holdes udenfor. Ti cifre i træk i en reference, et betalings-id eller
et bilagsnummer kan være bankens eller økonomisystemets eget nummer: en advarsel. Et ord er en
advarsel.

Sådan retter du det: En postering ændres aldrig, og en tilbageførsel lader teksten stå. Giv
besked til databeskyttelsesrådgiveren og den, der passer bogen; de afgør, om teksten skal tages
ud i hånden, hvad kæden af kontroltal så vil vise. Skriv en kode eller et sagsnummer næste gang.
Der er ingen automatisk rettelse, og meldingen gentager aldrig det, den har fundet.

## Example

    2011-08-01 custom "mikroledger" "hold" "DEFERRAL"
      id: "000005-1"
      by: "anl"
      kind: "hold"
      loan: "L2011-0001"
      reason: "Aftalt i telefonen med 610190-0000"

## Use instead

    2011-08-01 custom "mikroledger" "hold" "DEFERRAL"
      id: "000005-1"
      by: "anl"
      kind: "hold"
      loan: "L2011-0001"
      reason: "Aftalt i telefonen, sag 2011-0412"
"""

import re
from collections.abc import Iterator

from mikroledger.domain.finding import Hit, Severity
from mikroledger.domain.ledger import Account, Meta, Record, Transaction
from mikroledger.domain.personal import has_cpr
from mikroledger.domain.policy import SHIPPED
from mikroledger.domain.portfolio import Portfolio
from mikroledger.domain.rule import rule
from mikroledger.words import Text

_VOUCHERS = re.compile(r"\bbilag [0-9]+(?:, [0-9]+)*(?![-0-9])", re.IGNORECASE)
"""Voucher numbers in texts of our own making."""
_STEMS = (
    *("førtidspension", "foertidspension", "kontanthj", "uddannelseshj", "sygedagpenge"),
    *("sygemeld", "sygdom", "sygorlov", "sygeorlov", "dagpenge", "ledighedsydelse"),
    *("revalideringsydelse", "ressourceforl", "integrationsydelse", "fleksjob", "misbrug"),
    *("alkoholi", "narkoman", "sindslid", "psyki", "depress", "skizofren", "angst", "kræft"),
    *("kraeft", "handicap", "diagnose", "disability", "mental illness", "substance abuse"),
)
_WORDS = re.compile(rf"\b(?:{'|'.join(_STEMS)})", re.IGNORECASE)
_DIGITS = re.compile(r"[0-9]{6}[- ]?[0-9]{4}")
_MACHINE = frozenset({"reference", "payment", "voucher", "original"})
"""Numbers that a bank or an ERP has made."""
_OURS = frozenset(
    {
        "id",
        "kind",
        "flow",
        "loan",
        "also",
        "key",
        "statement",
        "digest",
        "sha256",
        "certificate",
        "template",
        "prev",
        "plan",
        "file",
        "corrects",
        "reverses",
        "proposal",
        "places",
        "ends",
        "evidence",
        "finding",
    }
)
"""Metadata that holds what mikroledger has made, and nothing that anybody typed."""


@rule("ML502", "personal-data-in-ledger", Severity.ERROR, manual=__doc__)
def personal_data_in_ledger(folio: Portfolio) -> Iterator[Hit]:
    """See each entry with a CPR number, or else a word about benefits or illness, in a text."""
    typed = [
        (entry, _texts(entry))
        for entry in folio.own
        # The municipality's own numbers are no persons': phone, CVR, bank account.
        if not (isinstance(entry, Record) and entry.name in SHIPPED)
    ]
    if not _likely("\n".join(text for _, texts in typed for text in texts.values())):
        return
    for entry, said in typed:
        certain = next((where for where, text in said.items() if _has_number(where, text)), "")
        if certain:
            yield _hit(entry, _number(certain), None)
            continue
        for where, text in said.items():
            if found := _suspect(where, text):
                yield _hit(entry, found, Severity.WARNING)
                break


def _likely(text: str) -> bool:
    """Tell whether all that was typed is worth a closer look: in nearly every book it is not."""
    small = text.lower()
    return _DIGITS.search(small) is not None or any(stem in small for stem in _STEMS)


def _hit(entry: Transaction | Record, text: Text, severity: Severity | None) -> Hit:
    return Hit(entry, text, entry.get("loan"), entry.get("debtor"), severity=severity)


def _texts(entry: Transaction | Record) -> dict[str, str]:
    """Return what people may have typed into an entry, by the name of its place."""
    if isinstance(entry, Transaction):
        text = entry.text
        said = {"text": _VOUCHERS.sub("", text) if "ilag" in text else text}
        for number, posting in enumerate(entry.postings, 1):
            if posting.meta:
                said |= {f"{key}/{number}": value for key, value in _typed(posting.meta)}
    else:
        values = (v for v in entry.values if isinstance(v, str) and not isinstance(v, Account))
        said = {"values": "\n".join(values)}
    said.update(_typed(entry.meta))
    return said


def _typed(meta: Meta) -> Iterator[tuple[str, str]]:
    for key, value in meta.items():
        if key not in _OURS and isinstance(value, str) and not key.startswith("key-"):
            yield key, value


def _has_number(where: str, text: str) -> bool:
    """Tell whether a CPR number is certain: with its dash, or where no machine counts."""
    return has_cpr(text, dashed=where.partition("/")[0] in _MACHINE)


def _suspect(where: str, text: str) -> Text | None:
    if has_cpr(text):
        return Text(
            f"Et nummer i »{where}« ligner et CPR-nummer: se efter, om det er bankens eget.",
            f"A number in '{where}' looks like a CPR number: see whether it is the bank's own.",
        )
    if _WORDS.search(text):
        return Text(
            f"Et ord i »{where}« siger noget om ydelser eller helbred: skriv en kode næste gang.",
            f"A word in '{where}' tells of benefits or health: write a code next time.",
        )
    return None


def _number(where: str) -> Text:
    return Text(
        f"Der står et CPR-nummer i »{where}«: giv besked til den, der passer bogen.",
        f"A CPR number stands in '{where}': tell whoever keeps the book.",
    )
