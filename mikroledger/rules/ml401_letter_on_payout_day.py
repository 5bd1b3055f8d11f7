"""ML401: a reminder was dated before anything could be late.

A reminder is in the book, made here or recorded from an older system, that is dated on or
before the day of the payout, on or before the last day in time of the first instalment
(sidste rettidige betalingsdato), or for a loan that is not paid out at all. Nothing was owed on
that day. This is the letter that borrowers in Aarhus got in 2011, and it hurt: people on the
edge were asked for money on the day they got it.

The gate makes no such letter, so it was made elsewhere, or a payout day has been put right
since. To settle it: write to the borrower, say that the letter was a mistake and that nothing
is owed, and see that no fee was charged; the letter of apology ends the finding. There is no
automatic fix: a letter cannot be unsent.

## På dansk

Der er en rykker i bogen, lavet her eller registreret fra et ældre system, som er dateret på
eller før udbetalingsdagen, på eller før den første rates sidste rettidige betalingsdato, eller
for et lån, der slet ikke er udbetalt. Den dag skyldtes der intet. Det er det brev, som låntagere
i Aarhus fik i 2011, og det gjorde ondt: mennesker i en svær situation blev afkrævet penge den
dag, de fik dem.

Mikroledger laver ikke et sådant brev, så det er lavet et andet sted, eller udbetalingsdagen er
rettet siden. Sådan retter du det: Skriv til låntageren, at brevet var en fejl, og at der ikke
skyldes noget, og se efter, at der ikke er opkrævet et gebyr; undskyldningen afslutter
bemærkningen. Der er ingen automatisk rettelse, for et brev kan ikke kaldes tilbage.

## Example

    2011-05-02 * "Udbetaling af lån L2011-0001"
      id: "000003-1"
      by: "anl"
      countersigned: "mkj"
      kind: "disburse"
      flow: "out"
      loan: "L2011-0001"
      payment: "PAY-1"
      Assets:Loans:P65:L2011-0001     20000.00 DKK
      Assets:Clearing:Payouts        -20000.00 DKK

    2011-05-02 custom "mikroledger" "letter" "reminder"
      id: "000004-1"
      by: "anl"
      kind: "letter"
      loan: "L2011-0001"
      level: 1

## Use instead

    2011-05-02 * "Udbetaling af lån L2011-0001"
      id: "000003-1"
      by: "anl"
      countersigned: "mkj"
      kind: "disburse"
      flow: "out"
      loan: "L2011-0001"
      payment: "PAY-1"
      Assets:Loans:P65:L2011-0001     20000.00 DKK
      Assets:Clearing:Payouts        -20000.00 DKK

    2011-05-02 custom "mikroledger" "letter" "payout"
      id: "000004-1"
      by: "anl"
      kind: "letter"
      loan: "L2011-0001"
      first-due: 2011-07-01
      plan: "6e21b16feda03411"

    2011-07-11 custom "mikroledger" "letter" "reminder"
      id: "000005-1"
      by: "anl"
      kind: "letter"
      loan: "L2011-0001"
      level: 1
"""

from collections.abc import Iterator

from mikroledger.days import long_day
from mikroledger.domain.finding import Hit, Severity
from mikroledger.domain.judge import apologised, too_early
from mikroledger.domain.portfolio import Portfolio
from mikroledger.domain.rule import rule
from mikroledger.words import Text


@rule("ML401", "letter-on-payout-day", Severity.WARNING, manual=__doc__)
def letter_on_payout_day(folio: Portfolio) -> Iterator[Hit]:
    """See each reminder from a day on which nothing of its loan could be late."""
    for loan in folio.loans.values():
        for letter in loan.letters:
            why = too_early(loan, letter) if letter.kind == "reminder" else None
            if why and not apologised(loan, letter):
                text = Text(
                    f"Rykkeren på {loan.number} fra {long_day(letter.on, 'da')} {why.da}: send"
                    " låntageren en undskyldning.",
                    f"The reminder on {loan.number} of {long_day(letter.on, 'en')} {why.en}: send"
                    " the borrower an apology.",
                )
                yield Hit(letter.record, text, loan.number, loan.case.debtor)
