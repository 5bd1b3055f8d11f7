"""ML507: one posting was corrected twice.

Two correction vouchers name the same posting as the one they correct, and neither has been
taken back. The second has most likely moved the payment past its place, so that the expense
is negative or the loan stands twice; and the accounts department has two vouchers for one
error. A correction that was reversed does not count.

To settle it: take one of the two back with `mikroledger reverse`, and have a second person
approve it. Then see with `mikroledger check` whether the payment stands where it belongs.
There is no automatic fix: the two may differ.

## På dansk

To omposteringsbilag nævner den samme postering som den, de retter, og ingen af dem er taget
tilbage. Det andet bilag har efter al sandsynlighed flyttet betalingen for langt, så udgiften er
negativ, eller lånet står dobbelt; og regnskab har to bilag på én fejl. En rettelse, der er
tilbageført, tæller ikke med.

Sådan retter du det: Tag den ene tilbage med »mikroledger reverse«, og få en anden person til at
godkende det. Se derefter med »mikroledger check«, om betalingen står, hvor den hører til. Der er
ingen automatisk rettelse, for de to kan være forskellige.

## Example

    2011-05-02 * "Bilag 70010"
      id: "000003-1"
      by: "anl"
      kind: "erp"
      flow: "out"
      loan: "L2011-0001"
      payment: "PAY-1"
      voucher: "70010/2011"
      Expenses:P65:Grants             20000.00 DKK
        source: "erp"
      Assets:Clearing:Payouts        -20000.00 DKK

    2011-05-20 * "Omp. bilag 70010 - lån L2011-0001"
      id: "000004-1"
      by: "anl"
      countersigned: "mkj"
      kind: "reclassify"
      loan: "L2011-0001"
      payment: "PAY-1"
      corrects: "000003-1"
      Assets:Loans:P65:L2011-0001     15000.00 DKK
      Expenses:P65:Grants            -15000.00 DKK

    2011-05-21 * "Omp. bilag 70010 - lån L2011-0001"
      id: "000005-1"
      by: "mkj"
      countersigned: "anl"
      kind: "reclassify"
      loan: "L2011-0001"
      payment: "PAY-1"
      corrects: "000003-1"
      Assets:Loans:P65:L2011-0001      5000.00 DKK
      Expenses:P65:Grants             -5000.00 DKK

## Use instead

    2011-05-02 * "Bilag 70010"
      id: "000003-1"
      by: "anl"
      kind: "erp"
      flow: "out"
      loan: "L2011-0001"
      payment: "PAY-1"
      voucher: "70010/2011"
      Expenses:P65:Grants             20000.00 DKK
        source: "erp"
      Assets:Clearing:Payouts        -20000.00 DKK

    2011-05-20 * "Omp. bilag 70010 - lån L2011-0001"
      id: "000004-1"
      by: "anl"
      countersigned: "mkj"
      kind: "reclassify"
      loan: "L2011-0001"
      payment: "PAY-1"
      corrects: "000003-1"
      Assets:Loans:P65:L2011-0001     20000.00 DKK
      Expenses:P65:Grants            -20000.00 DKK
"""

from collections.abc import Iterator

from mikroledger.domain.finding import Hit, Severity
from mikroledger.domain.judge import decision_named
from mikroledger.domain.ledger import Transaction
from mikroledger.domain.portfolio import Portfolio, case_of
from mikroledger.domain.rule import rule
from mikroledger.words import Text


@rule("ML507", "corrected-twice", Severity.ERROR, manual=__doc__)
def corrected_twice(folio: Portfolio) -> Iterator[Hit]:
    """See each correction of a posting that another standing correction names already."""
    vouchers = [each for each in folio.ledger.transactions if each.value <= folio.as_of]
    undone = {each.get("reverses") for each in vouchers if each.kind == "reverse"}
    first: dict[str, Transaction] = {}
    for txn in vouchers:
        posting = txn.get("corrects")
        if txn.kind != "reclassify" or txn.id in undone or not posting:
            continue
        if posting in first:
            yield _hit(folio, first[posting], txn)
        first.setdefault(posting, txn)


def _hit(folio: Portfolio, first: Transaction, second: Transaction) -> Hit:
    case, number = case_of(folio, second), second.get("loan")
    named = decision_named(number)
    text = Text(
        f"{first.id} og {second.id} retter den samme postering på {named.da}: tag den ene"
        " tilbage.",
        f"{first.id} and {second.id} correct the same posting on {named.en}: reverse one of them.",
    )
    return Hit(second, text, number, case.debtor if case else "", second.debits)
