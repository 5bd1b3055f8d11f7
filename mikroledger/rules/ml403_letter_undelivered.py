"""ML403: a letter was made, and nobody knows that it was delivered.

An authority must be able to show that its letter was delivered, not only sent (Digital Post: it
has arrived when it is available in the borrower's mailbox). A reminder builds on the notice of
the plan before it, and a deadline in a letter that never came is none. This letter was handed
over or came back, and within some days (policy `delivery-days`) nothing says that it arrived.

Where delivery is reported for every letter, policy says so (`letter-delivery "recorded"`): then
a letter of which nothing was reported is told too. Until then "made" counts as sent.

To settle it: record the delivery; if the letter came back, send it on paper or find the new
address, and record that delivery. If it cannot be known any more, `mikroledger accept` says so.
There is no automatic fix: delivery is a fact.

## På dansk

En myndighed skal kunne vise, at dens brev er kommet frem, og ikke kun, at det er sendt (Digital
Post: det er fremme, når det er tilgængeligt i låntagerens postkasse). En rykker bygger på brevet
med planen før den, og en frist i et brev, der aldrig kom, er ingen frist. Dette brev er afleveret
eller kommet retur, og inden for nogle dage (politikken »delivery-days«) siger intet, at det kom
frem.

Meldes levering for hvert brev, siger politikken det (»letter-delivery "recorded"«): så siges det
også om et brev, som der intet er meldt om. Indtil da tæller »lavet« som sendt.

Sådan retter du det: Registrér leveringen; kom brevet retur, så send det på papir, eller find den
nye adresse, og registrér den levering. Kan det ikke vides mere, siger »mikroledger accept« det.
Der er ingen automatisk rettelse, for levering er en kendsgerning.

## Example

    2011-05-02 custom "mikroledger" "letter" "payout"
      id: "000003-1"
      by: "anl"
      kind: "letter"
      loan: "L2011-0001"

    2011-05-03 custom "mikroledger" "delivery" "handed-over"
      id: "000004-1"
      by: "anl"
      kind: "delivery"
      loan: "L2011-0001"
      evidence: "000003-1"

## Use instead

    2011-05-02 custom "mikroledger" "letter" "payout"
      id: "000003-1"
      by: "anl"
      kind: "letter"
      loan: "L2011-0001"

    2011-05-03 custom "mikroledger" "delivery" "handed-over"
      id: "000004-1"
      by: "anl"
      kind: "delivery"
      loan: "L2011-0001"
      evidence: "000003-1"

    2011-05-04 custom "mikroledger" "delivery" "delivered"
      id: "000005-1"
      by: "anl"
      kind: "delivery"
      loan: "L2011-0001"
      evidence: "000003-1"
"""

from collections.abc import Iterator
from datetime import timedelta

from mikroledger.days import long_day
from mikroledger.domain.finding import Hit, Severity
from mikroledger.domain.policy import policy_on
from mikroledger.domain.portfolio import Letter, Portfolio
from mikroledger.domain.rule import rule
from mikroledger.words import Text


@rule("ML403", "letter-undelivered", Severity.WARNING, manual=__doc__)
def letter_undelivered(folio: Portfolio) -> Iterator[Hit]:
    """See each letter that went its way, or should have, and has not arrived in time."""
    told = {
        record.get("evidence"): str(record.values[0])
        for record in folio.ledger.records("delivery")
        if record.value <= folio.as_of
    }
    last = folio.as_of - timedelta(days=folio.policy.number("delivery-days"))
    for loan in folio.loans.values():
        for letter in loan.letters:
            state = told.get(letter.record.id) or _expected(folio, letter)
            if letter.on < last and state not in ("delivered", ""):
                text = _text(letter, state)
                yield Hit(letter.record, text, loan.number, loan.case.debtor)


def _expected(folio: Portfolio, letter: Letter) -> str:
    """Return how a letter stands of which nothing was reported: "made", where that is expected."""
    policy = policy_on(folio.ledger, letter.on)
    return "made" if policy.text("letter-delivery") == "recorded" else ""


def _text(letter: Letter, state: str) -> Text:
    day_da, day_en = long_day(letter.on, "da"), long_day(letter.on, "en")
    if state == "returned":
        return Text(
            f"Brevet på {letter.loan} fra {day_da} er kommet retur: find adressen, og send det"
            " igen.",
            f"The letter on {letter.loan} of {day_en} came back: find the address, and send it"
            " again.",
        )
    return Text(
        f"Brevet på {letter.loan} fra {day_da} er ikke meldt leveret: find ud af, om det kom"
        " frem.",
        f"The letter on {letter.loan} of {day_en} is not reported as delivered: find out whether"
        " it arrived.",
    )
