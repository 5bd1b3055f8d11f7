"""ML102: a grant stands as a loan, or a loan account is debited without a decision.

The mirror of ML101: money that was given, or that nobody has recorded a decision for, stands
on 9.32.25. A person then seems to owe what they do not owe, and could be asked to pay it. The
control account also no longer adds up to the loans.

To settle it: a grant is moved by `mikroledger reclassify` and `mikroledger countersign`. Money
without a decision cannot be moved, because nobody can tell where to: find the decision and
record it with `mikroledger approve`, or let the accounts department correct it in the ERP. A
row that names no loan is put on its loan's own account as soon as the loan is known. The fix is
unsafe: see the decision first.

## På dansk

Det omvendte af ML101: Penge, der er givet som tilskud, eller som ingen har registreret en
bevilling til, står på 9.32.25. Så ser det ud, som om nogen skylder penge, de ikke skylder, og
de kan blive bedt om at betale. Statuskontoen stemmer heller ikke længere med lånene.

Sådan retter du det: Et tilskud flyttes med »mikroledger reclassify« og »mikroledger
countersign«. Penge uden bevilling kan ikke flyttes, for ingen ved hvorhen: find bevillingen og
registrér den med »mikroledger approve«, eller bed regnskab om at rette det i økonomisystemet.
En række, der ikke nævner lånet, flyttes til lånets egen konto, så snart lånet er kendt. Se altid
på bevillingen, før du retter.

## Example

    2011-05-02 * "Bilag 70011"
      id: "000003-1"
      by: "anl"
      kind: "erp"
      flow: "out"
      loan: "G2011-0001"
      payment: "PAY-2"
      voucher: "70011/2011"
      Assets:Loans:P65:G2011-0001      8000.00 DKK
        source: "erp"
      Assets:Clearing:Payouts         -8000.00 DKK

## Use instead

    2011-05-02 * "Bilag 70011"
      id: "000003-1"
      by: "anl"
      kind: "erp"
      flow: "out"
      loan: "G2011-0001"
      payment: "PAY-2"
      voucher: "70011/2011"
      Expenses:P65:Grants              8000.00 DKK
        source: "erp"
      Assets:Clearing:Payouts         -8000.00 DKK
"""

from collections.abc import Iterator

from mikroledger.domain.finding import Hit, Severity
from mikroledger.domain.judge import debits_on_loans, judged, misplaced, total
from mikroledger.domain.portfolio import Portfolio
from mikroledger.domain.rule import rule
from mikroledger.money import danish
from mikroledger.words import Text


@rule("ML102", "grant-as-loan", Severity.ERROR, manual=__doc__)
def grant_as_loan(folio: Portfolio) -> Iterator[Hit]:
    """See each debit on a loan account that no decision on that loan stands behind."""
    for payment in judged(folio, "out"):
        kind, on_loans = folio.kind(payment), debits_on_loans(payment)
        wrong = {a: s for a, s in on_loans.items() if a != payment.right(kind)}
        if not wrong or kind == "subsistence":
            continue  # ML104 says it of subsistence.
        text = _text(kind, payment.case, danish(total(wrong)))
        yield misplaced(folio, payment, wrong, text)


def _text(kind: str, case: str, amount: str) -> Text:
    if kind == "grant":
        return Text(
            f"Tilskuddet {case}, {amount} kr., står på lånekontoen og skal omposteres til"
            " tilskud.",
            f"The grant {case}, {amount} kr., stands on the loan account and must be moved to the"
            " grants.",
        )
    if kind == "loan":
        return Text(
            f"{amount} kr. af {case} står på lånekontoen uden lånets nummer og skal flyttes til"
            " lånets egen konto.",
            f"{amount} kr. of {case} stands on the loan account without the loan's number and must"
            " be moved to the loan's own account.",
        )
    return Text(
        f"{amount} kr. står på lånekontoen uden en bevilling: registrér bevillingen, eller få"
        " posteringen rettet i økonomisystemet.",
        f"{amount} kr. stands on the loan account without a decision: record the decision, or have"
        " the posting corrected in the ERP.",
    )
