"""ML112: an instalment fell due before the borrower had the money.

The plan has a due day (forfaldsdato) on or before the day of the payout. Nobody can owe an
instalment of money that they have not got, and a system that takes the day at its word
reminds the borrower on the day of the payout: that is what happened in Aarhus in 2011. It
comes about when the payout is late, when a plan was typed with the day of the decision, or
when a claim was made up by hand after a loan was paid as a grant.

To settle it: agree on new days with the borrower, and record them with `mikroledger reschedule`.
Until then hold the loan with `mikroledger defer`: the gate sends nothing meanwhile. A plan made
with `--first-due-after` counts from the payout and cannot get this finding. There is no
automatic fix: a plan is an agreement.

## På dansk

Planen har en forfaldsdato på eller før udbetalingsdagen. Ingen kan skylde en rate af penge, de
ikke har fået, og et system, der tager datoen for pålydende, rykker låntageren samme dag, som
lånet udbetales. Det skete i Aarhus i 2011. Det opstår, når udbetalingen kommer for sent, når
planen er tastet med bevillingens dag, eller når et krav er lavet i hånden, efter at et lån blev
udbetalt som tilskud.

Sådan retter du det: Aftal nye dage med låntageren, og registrér dem med »mikroledger
reschedule«. Giv lånet henstand med »mikroledger defer« indtil da: så sendes der intet imens. En
plan, der er lavet med »--first-due-after«, regnes fra udbetalingen og kan ikke få denne
bemærkning. Der er ingen automatisk rettelse, for en plan er en aftale.

## Example

    2011-07-15 * "Udbetaling af lån L2011-0001"
      id: "000003-1"
      by: "anl"
      countersigned: "mkj"
      kind: "disburse"
      flow: "out"
      loan: "L2011-0001"
      payment: "PAY-1"
      Assets:Loans:P65:L2011-0001     20000.00 DKK
      Assets:Clearing:Payouts        -20000.00 DKK

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
"""

from collections.abc import Iterator

from mikroledger.days import long_day
from mikroledger.domain.finding import Hit, Severity
from mikroledger.domain.judge import doubtful
from mikroledger.domain.plan import total
from mikroledger.domain.portfolio import Portfolio
from mikroledger.domain.rule import rule
from mikroledger.words import Text


@rule("ML112", "claim-born-overdue", Severity.ERROR, manual=__doc__)
def claim_born_overdue(folio: Portfolio) -> Iterator[Hit]:
    """See each loan with an instalment that was due by the day of its payout."""
    for loan in folio.loans.values():
        paid = loan.paid_out
        born = [part for part in loan.plan if paid is not None and part.due <= paid]
        if paid is None or not born:
            continue
        text = Text(
            f"{loan.number} blev udbetalt {long_day(paid, 'da')}, men {_rates(len(born))} forfaldt"
            " den dag eller før: aftal nye dage med låntageren.",
            f"{loan.number} was paid out on {long_day(paid, 'en')}, but {len(born)} of its"
            " instalments fell due by then: agree on new days with the borrower.",
        )
        yield Hit(
            entry=loan.case.record,
            text=text,
            loan=loan.number,
            debtor=loan.case.debtor,
            amount=total(born),
            severity=Severity.WARNING if doubtful(loan.payouts[0]) else None,
        )


def _rates(count: int) -> str:
    return "en rate" if count == 1 else f"{count} rater"
