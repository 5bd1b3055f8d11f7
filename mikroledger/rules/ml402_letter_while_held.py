"""ML402: a reminder was made that today's gate would hold.

Judged on its own day with what is known now, the reminder would not be made: the loan stood
wrong, was deferred, or not confirmed as paid out; nothing was late, or too little; the borrower
had not got the plan; or another letter came too shortly before. Either it was made elsewhere, or
something has come to light since: a payment, a correction, a deferral from an earlier day.

A repayment that was under way while the letter was made does not count: the letter itself says
that it may be disregarded then. Whether the bank was fresh that day is not asked again. What
came before anything could be late is ML401.

To settle it: write to the borrower, say that the letter was a mistake, and cancel its fee. The
letter of apology ends the finding. There is no automatic fix: a letter cannot be unsent.

## På dansk

Dømt på sin egen dag med det, der vides nu, ville rykkeren ikke blive lavet: lånet stod forkert,
havde henstand eller var ikke bekræftet udbetalt; intet var for sent, eller det var for lidt;
låntageren havde ikke fået planen; eller et andet brev kom for kort tid før. Enten er den lavet et
andet sted, eller også er noget kommet frem siden: en betaling, en rettelse, en henstand fra en
tidligere dag.

Et afdrag, der var på vej, mens brevet blev lavet, tæller ikke: brevet siger selv, at man så skal
se bort fra det. Om banken var frisk den dag, spørges der ikke om igen. Det, der kom, før noget
kunne være for sent, er ML401.

Sådan retter du det: Skriv til låntageren, at brevet var en fejl, og annullér gebyret.
Undskyldningen afslutter bemærkningen. Der er ingen automatisk rettelse, for et brev kan ikke
kaldes tilbage.

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

    2011-08-15 custom "mikroledger" "letter" "reminder"
      id: "000005-1"
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

    2011-08-15 custom "mikroledger" "letter" "reminder"
      id: "000005-1"
      by: "anl"
      kind: "letter"
      loan: "L2011-0001"
      level: 1

    2011-08-17 custom "mikroledger" "letter" "apology"
      id: "000006-1"
      by: "anl"
      kind: "letter"
      loan: "L2011-0001"
      corrects: "000005-1"
"""

from collections.abc import Iterator

from mikroledger.days import long_day
from mikroledger.domain.finding import Hit, Severity
from mikroledger.domain.hindsight import held_by
from mikroledger.domain.judge import apologised, too_early
from mikroledger.domain.portfolio import Portfolio
from mikroledger.domain.rule import rule
from mikroledger.words import Text


@rule("ML402", "letter-while-held", Severity.WARNING, manual=__doc__)
def letter_while_held(folio: Portfolio) -> Iterator[Hit]:
    """See each reminder that its own day, known as it is now, would have held."""
    for loan in folio.loans.values():
        for letter in loan.letters:
            if letter.kind != "reminder" or too_early(loan, letter) or apologised(loan, letter):
                continue
            if codes := held_by(folio, loan, letter):
                named = ", ".join(codes)
                text = Text(
                    f"Rykkeren på {loan.number} fra {long_day(letter.on, 'da')} ville i dag blive"
                    f" holdt ({named}): send låntageren en undskyldning.",
                    f"The reminder on {loan.number} of {long_day(letter.on, 'en')} would be held"
                    f" today ({named}): send the borrower an apology.",
                )
                yield Hit(letter.record, text, loan.number, loan.case.debtor)
