"""ML110: the ERP's account string disagrees with the decision.

A grant or a benefit stands as the other of the two, as income or on an account that the chart
does not know; a loan's row bears the dranst of an expense; or a row is right in that, but bears an
art or a centre (omkostningssted) that the decision does not. Funktion, dranst and gruppering
decide what the year's accounts and the state refund show (5.58.80: gruppering 014 is the benefit,
with refund by the weeks of the benefit; the § 65 grant has its own). Loans on such accounts are
ML101, ML103 and ML111.

Another art is a warning, for the sum stands on the right account; so is another centre, which
only decides who bears a loss. Dranst, art and centre can only be judged where the book keeps them
with the row (`dranst`, `art`, `centre`).

To settle it: `mikroledger reclassify` moves the sum to where the decision says, with
`mikroledger countersign` by a second person; correct it in the ERP too. Art and centre are
corrected in the ERP. The fix is unsafe: see the decision first, since several decisions of one
person may share a case number.

## På dansk

Et tilskud eller en ydelse står som det andet af de to, som indtægt eller på en konto, som
kontoplanen ikke kender; en række på et lån bærer en driftspostings dranst; eller rækken er rigtig,
men bærer en art eller et omkostningssted, som ikke passer til bevillingen. Funktion, dranst og
gruppering afgør, hvad årets regnskab og statsrefusionen viser (5.58.80: gruppering 014 er ydelsen,
med refusion efter ydelsens uger; tilskuddet efter § 65 har sin egen). Lån på sådanne konti er
ML101, ML103 og ML111.

En anden art er en advarsel, for beløbet står på den rigtige konto; det er et andet
omkostningssted også, som kun afgør, hvem der bærer et tab. Dranst, art og omkostningssted kan kun
dømmes, hvor bogen gemmer dem med rækken (»dranst«, »art«, »centre«).

Sådan retter du det: »mikroledger reclassify« flytter beløbet derhen, hvor bevillingen siger, og
»mikroledger countersign« af en anden person bogfører det; ret det også i økonomisystemet. Art og
omkostningssted rettes i økonomisystemet. Se på bevillingen først, for flere bevillinger til én
person kan have samme sagsnummer.

## Example

    2011-05-31 * "Bilag 70016"
      id: "000003-1"
      by: "anl"
      kind: "erp"
      flow: "out"
      loan: "G2011-0001"
      payment: "PAY-3"
      voucher: "70016/2011"
      Expenses:P65:Subsistence         8000.00 DKK
        source: "erp"
      Assets:Clearing:Payouts         -8000.00 DKK

## Use instead

    2011-05-31 * "Bilag 70016"
      id: "000003-1"
      by: "anl"
      kind: "erp"
      flow: "out"
      loan: "G2011-0001"
      payment: "PAY-3"
      voucher: "70016/2011"
      Expenses:P65:Grants              8000.00 DKK
        source: "erp"
      Assets:Clearing:Payouts         -8000.00 DKK
"""

from collections.abc import Iterator

from mikroledger.domain import chart
from mikroledger.domain.case import Case
from mikroledger.domain.finding import Hit, Severity
from mikroledger.domain.judge import judged, misplaced, total
from mikroledger.domain.ledger import Entry, Record, Transaction
from mikroledger.domain.payment import Payment
from mikroledger.domain.portfolio import Portfolio
from mikroledger.domain.rule import rule
from mikroledger.money import ZERO, danish
from mikroledger.words import Text

_OTHERS = frozenset({chart.GRANTS, chart.SUBSISTENCE, chart.ELSEWHERE, chart.INCOME})
_WORDS = {"grant": ("Tilskuddet", "The grant"), "subsistence": ("Forsørgelsen", "The benefit")}
_ASSETS = ("5", "8", "9")
"""Dranst of what a loan is: balance movements, assets, liabilities; 1 is an expense."""
_ARTS = {"loan": ("6", "8"), "grant": ("5.2",), "subsistence": ("5.2",)}


@rule("ML110", "wrong-account-string", Severity.ERROR, manual=__doc__)
def wrong_account_string(folio: Portfolio) -> Iterator[Hit]:
    """See what stands on another account than its decision's kind, or with another art or centre.

    Each payment is told of once: of its account first.
    """
    for payment in judged(folio, "out", "in"):
        case = folio.cases.get(payment.case)
        if case is None:
            continue
        hits = [*_on_other_account(folio, payment, case), *_with_other_part(payment, case)]
        yield from hits[:1]


def _on_other_account(folio: Portfolio, payment: Payment, case: Case) -> Iterator[Hit]:
    if case.kind == "loan" or payment.flow == "in":
        return
    home = payment.right(case.kind)
    wrong = {a: s for a, s in payment.book.items() if a in _OTHERS and a != home and s > ZERO}
    if wrong:
        amount, (da, en) = danish(total(wrong)), _WORDS[case.kind]
        text = Text(
            f"{da} {case.number}, {amount} kr., står på en anden konto, end bevillingen siger, og"
            " skal omposteres.",
            f"{en} {case.number}, {amount} kr., stands on another account than the decision says,"
            " and must be moved.",
        )
        yield misplaced(folio, payment, wrong, text)


def _with_other_part(payment: Payment, case: Case) -> Iterator[Hit]:
    """See the ERP's rows on the right account with a part that is not the decision's.

    Rows may name none of them; where a row stands elsewhere, that is told already.
    """
    home = payment.right(case.kind)
    for entry in payment.entries:
        if _listed_on(entry) not in ({home}, {chart.UNASSIGNED}):
            continue
        dranst, art, centre = (entry.get(key) for key in ("dranst", "art", "centre"))
        if dranst and case.kind == "loan" and dranst not in _ASSETS:
            yield _differs(entry, case, f"dranst {dranst}", f"dranst {dranst}", None)
        elif art and payment.flow == "out" and not art.startswith(_ARTS[case.kind]):
            yield _differs(entry, case, f"art {art}", f"art {art}")
        elif centre and case.centre and centre != case.centre:
            yield _differs(entry, case, f"omkostningssted {centre}", f"centre {centre}")


def _listed_on(entry: Entry) -> set[str]:
    """Return the accounts that the ERP's rows in an entry put something on."""
    if isinstance(entry, Transaction):
        return {
            chart.pooled(posting.account)
            for posting in entry.postings
            if posting.meta.get("source") == "erp"
        }
    if isinstance(entry, Record) and entry.values[0] == "erp":
        return {chart.pooled(str(entry.values[1]))}
    return set()


def _differs(
    entry: Entry,
    case: Case,
    da: str,
    en: str,
    severity: Severity | None = Severity.WARNING,
) -> Hit:
    text = Text(
        f"Økonomisystemets række på {case.number} har {da}, som ikke passer til bevillingen: få"
        " den rettet dér.",
        f"The ERP's row on {case.number} has {en}, which does not fit the decision: have it"
        " corrected there.",
    )
    return Hit(entry, text, case.number, case.debtor, severity=severity)
