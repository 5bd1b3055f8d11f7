"""ML503: a payout or a correction was not approved by a second person.

Money of the municipality leaves on two people's word: one records, another approves (fire øjne).
A posting that pays out or corrects a loan, or takes such a posting back, names no second person,
or names the person who made it; or the bank has paid while the approval still waits. It counts
from the policy of the day on which it was booked: `countersign "off"` silences this rule for
its days. What the ERP and the bank report is not judged here, for it has happened.

To settle it: approve a payout that waits with `mikroledger countersign`. What was booked
without approval cannot be signed afterwards: mikroledger itself does not book so, and
somebody has edited the book. Reverse it and order it again, or have the leader of the office
sign for it on paper. There is no automatic fix: a signature is a person's.

## På dansk

Kommunens penge går ud på to personers ord: den ene registrerer, og den anden godkender (fire
øjne). En postering, der udbetaler eller retter et lån eller tager en sådan postering tilbage,
nævner ingen anden person, eller den nævner samme person; eller banken har betalt, mens
godkendelsen stadig venter. Det dømmes efter reglerne den dag, der blev bogført: »countersign
"off"« gør reglen tavs for sine dage. Det, økonomisystemet og banken melder, dømmes ikke her, for
det er sket.

Sådan retter du det: Godkend en udbetaling, der venter, med »mikroledger countersign«. Det, der
er bogført uden godkendelse, kan ikke underskrives bagefter: mikroledger bogfører ikke selv
sådan, så nogen har rettet i bogen. Tag posteringen tilbage, og giv ordren igen, eller lad
ledelsen skrive under på papir. Der er ingen automatisk rettelse, for en underskrift er en
persons.

## Example

    2011-05-02 * "Udbetaling af lån L2011-0001"
      id: "000003-1"
      by: "anl"
      countersigned: "ANL"
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
from decimal import Decimal

from mikroledger.domain.case import Case
from mikroledger.domain.finding import Hit, Severity
from mikroledger.domain.judge import decision_named
from mikroledger.domain.ledger import Ledger, Record, Transaction
from mikroledger.domain.policy import policy_on
from mikroledger.domain.portfolio import Portfolio, case_of
from mikroledger.domain.rule import rule
from mikroledger.money import ZERO, danish
from mikroledger.words import Text

_SECOND = frozenset({"disburse", "reclassify"})


@rule("ML503", "not-countersigned", Severity.ERROR, manual=__doc__)
def not_countersigned(folio: Portfolio) -> Iterator[Hit]:
    """See each order that needed a second person and has none, and payouts that did not wait."""
    for entry in folio.own:
        if _needs_second(folio.ledger, entry) and not _has_second(entry):
            policy = policy_on(folio.ledger, entry.booked)
            if policy.text("countersign") != "off":
                yield _hit(folio, entry)
    yield from _paid_meanwhile(folio)


def _needs_second(ledger: Ledger, entry: Transaction | Record) -> bool:
    """Tell whether an entry is a payout, a correction, or the reversal of one."""
    if isinstance(entry, Record):
        said = entry.name == "confirm" and entry.values[0] == "caseworker"
        return said and entry.get("flow") == "out"
    undone = ledger.by_id.get(entry.get("reverses"), ()) if entry.kind == "reverse" else ()
    return entry.kind in _SECOND or any(each.kind in _SECOND for each in undone)


def _has_second(entry: Transaction | Record) -> bool:
    second = entry.get("countersigned").strip().casefold()
    return bool(second) and second != entry.by.strip().casefold()


def _hit(folio: Portfolio, entry: Transaction | Record) -> Hit:
    case, amount = case_of(folio, entry), _amount(entry)
    how = Text("uden anden person", "without a second person")
    if entry.get("countersigned"):
        how = Text("af samme person, som lavede den", "by the person who made it")
    number = entry.get("loan")
    named = decision_named(number)
    text = Text(
        f"En udbetaling eller rettelse på {named.da}, {danish(amount)} kr., er godkendt"
        f" {how.da}: lad en anden person se på den.",
        f"A payout or correction on {named.en}, {danish(amount)} kr., was approved {how.en}: have"
        " another person look at it.",
    )
    return Hit(entry, text, number, _debtor(case), amount)


def _amount(entry: Transaction | Record) -> Decimal:
    if isinstance(entry, Transaction):
        return entry.debits
    return abs(sum((v for v in entry.values if isinstance(v, Decimal)), ZERO))


def _debtor(case: Case | None) -> str:
    return case.debtor if case else ""


def _paid_meanwhile(folio: Portfolio) -> Iterator[Hit]:
    """See each payout that the bank made while its approval waits."""
    for number, proposal in folio.waiting.items():
        payment = folio.payments.get(proposal.get("payment"))
        if proposal.values[0] != "disburse" or payment is None or not payment.banked:
            continue
        if payment.value <= folio.as_of:
            loan, amount = proposal.get("loan"), abs(payment.bank)
            text = Text(
                f"Banken har udbetalt {danish(amount)} kr. på {loan}, men {number} venter stadig"
                " på en anden persons godkendelse.",
                f"The bank has paid {danish(amount)} kr. on {loan}, but {number} still waits for a"
                " second person's approval.",
            )
            yield Hit(payment.bank_entry, text, loan, _debtor(case_of(folio, proposal)), amount)
