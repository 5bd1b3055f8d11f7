"""What the gate tells, word for word: each condition, met and not, in each way that it can be.

The sentences stand in data/gate-told.txt, where they were read and found good;
`python tests/test_gate_told.py` prints them anew. One that was told before is not told again.
"""

import sys
from collections.abc import Callable, Iterator, Mapping
from dataclasses import fields, replace
from datetime import date
from pathlib import Path

from fakes import FakeDebtors, FakeJournal
from test_domain_gate import LATE, PAID, add, letter, policy
from town import SECOND, TODAY, WHO, Town, row

from mikroledger.domain.conditions import Condition
from mikroledger.domain.gate import Cleared, Decision, Held, gate, why_not_due
from mikroledger.domain.ledger import Record, Value
from mikroledger.money import kroner
from mikroledger.rules import ALL_RULES
from mikroledger.services.correct import Choice, reclassify
from mikroledger.services.countersign import countersign

LOAN = "L2011-0001"
TOLD = Path(__file__).parent / "data" / "gate-told.txt"
Moment = tuple[Town, date, date]


def decided() -> Town:
    town = Town(FakeJournal(), FakeDebtors())
    town.grant()
    return town


def paid() -> Town:
    """A loan that is paid out, noticed, and one instalment behind: nothing stops its letter."""
    town = decided()
    town.paid()
    town.bank(town.line(-20000, "PAY-1"), until=date(2011, 9, 19))
    letter(town, "payout", PAID)
    return town


def repaid(amount: int, on: date) -> Town:
    town = paid()
    line = replace(town.line(amount, "R"), value=on)
    town.bank(replace(line, parts=(replace(line.parts[0], text=LOAN),)))
    return town


def at(town: Town, day: date = LATE, today: date = TODAY) -> Moment:
    return town, day, today


def not_paid_out() -> Iterator[Moment]:
    yield at(decided())
    town = decided()
    town.disburse()
    yield at(town)


def ordered() -> Iterator[Moment]:
    town = decided()
    town.paid()
    yield at(town)
    policy(town, "payout-confirmation", "order")
    yield at(town)


def the_bank_sent_less() -> Iterator[Moment]:
    town = decided()
    town.paid()
    town.bank(town.line(-19000, "PAY-1"), until=date(2011, 9, 19))
    yield at(town)


def sent_back() -> Iterator[Moment]:
    town = paid()
    town.bank(town.line(20000, "PAY-1", returned=True))
    yield at(town)


def days_of_a_loan() -> Iterator[Moment]:
    for day in (PAID, date(2011, 8, 31), date(2011, 9, 1), date(2011, 9, 8), date(2011, 9, 9)):
        yield at(paid(), day)
    yield at(paid())


def behind_in_several_ways() -> Iterator[Moment]:
    yield at(repaid(901, date(2011, 9, 1)))
    yield at(repaid(500, date(2011, 9, 1)))
    yield at(repaid(20000, date(2011, 9, 1)))


def booked_wrong() -> Iterator[Moment]:
    for rows in (
        (row("grant", 20000),),
        (row("grant", 20000, ref="", person="6101900001"),),
        (row("grant", 20000), row("loan", 20000, "70011", ref="PAY-2", day="2011-05-04")),
        (row("grant", -77, ref="", person="6101900001"),),
    ):
        town = paid()
        town.erp(*rows)
        yield at(town)


def of_another_sum() -> Iterator[Moment]:
    town = decided()
    town.paid(amount=kroner(8000))
    yield at(town)


def corrected() -> Iterator[Moment]:
    town = paid()
    town.erp(row("grant", 20000))
    for made in reclassify(town.journal, ALL_RULES, Choice(all=True), WHO):
        countersign(town.journal, made.id, SECOND)
    yield at(town, date(2012, 1, 13), date(2012, 1, 13))
    yield at(town, date(2012, 1, 14), date(2012, 1, 14))
    letter(town, "payout", date(2012, 1, 2))
    yield at(town, date(2012, 1, 16), date(2012, 1, 16))


def by_policy() -> Iterator[Moment]:
    for key in ("first-due-min-days", "notice-days"):
        town = paid()
        policy(town, key, 137)
        yield at(town)
    yield at(paid(), date(2011, 9, 22))


def not_sound() -> Iterator[Moment]:
    yield at(paid(), today=LATE)
    town = paid()
    add(town, Record(date(2012, 2, 1), "run", ("h",), meta={"booked": PAID}))
    yield at(town)
    town.journal.ledger = replace(town.journal.ledger, flaws=(("brudt", "broken"),))
    yield at(town)


def stopped() -> Iterator[Moment]:
    town = paid()
    for code, until in (
        ("DEFERRAL", date(2011, 9, 30)),
        ("HANDED-OVER", None),
        ("COMPLAINT", date(2011, 9, 20)),
    ):
        meta: dict[str, Value] = {"loan": LOAN, "reason": f"sag {code[:1]}"}
        end = {"until": until} if until else {}
        add(town, Record(date(2011, 9, 14), "hold", (code,), meta={**meta, **end}))
        yield at(town)


def never_told_of_a_plan_that_is_over() -> Iterator[Moment]:
    town = decided()
    town.paid()
    town.bank(town.line(-20000, "PAY-1"), until=date(2019, 9, 19))
    yield at(town, date(2019, 9, 20), date(2019, 9, 20))


def reminded() -> Iterator[Moment]:
    town = paid()
    letter(town, "reminder", date(2011, 9, 12), level=1)
    policy(town, "bank-fresh-banking-days", 200)
    yield at(town)
    letter(town, "reminder", date(2011, 9, 26), level=2, deadline=date(2011, 10, 10))
    yield at(town, date(2011, 10, 11))
    yield at(town, date(2011, 11, 11))


MOMENTS: Mapping[str, Callable[[], Iterator[Moment]]] = {
    each.__name__: each
    for each in (
        not_paid_out,
        ordered,
        the_bank_sent_less,
        sent_back,
        days_of_a_loan,
        behind_in_several_ways,
        booked_wrong,
        of_another_sum,
        corrected,
        by_policy,
        not_sound,
        stopped,
        never_told_of_a_plan_that_is_over,
        reminded,
    )
}


def told(condition: Condition) -> list[str]:
    """Write a condition out; ids of evidence as how many there are."""
    met = {True: "met", False: "not met"}[condition.met]
    count = len(condition.evidence)
    facts = f"{condition.code}, {met} [{condition.source}] {count or '-'}"
    return [f"  {facts}", f"    {condition.text.da}", f"    {condition.text.en}"]


def summed(decision: Decision) -> str:
    """Write out what a decision says beside its conditions."""
    if isinstance(decision, Held):
        owes = "PAST-PAY-BY" in {each.code for each in decision.reasons}
        why = f": {why_not_due(decision).en}" if owes else ""
        return f" held {decision.loan} {decision.as_of}{why}"
    assert isinstance(decision, Cleared)
    left_out = {"conditions", "instalments"}
    said = (f.name for f in fields(decision) if f.name not in left_out)
    numbers = [part.part.number for part in decision.instalments]
    return f" cleared {[str(getattr(decision, name)) for name in said]} {numbers}"


def all_told() -> str:
    lines, before = [], set[tuple[str, ...]]()
    for name, moments in MOMENTS.items():
        lines += ["", f"# {name.replace('_', ' ')}"]
        for town, day, today in moments():
            decision = gate(town.now(day), town.found(day), LOAN, today)
            lines.append(summed(decision))
            for condition in decision.conditions:
                if (said := tuple(told(condition))) not in before:
                    before.add(said)
                    lines += said
    return "\n".join(lines[1:]) + "\n"


def test_what_the_gate_tells_is_as_it_was_read_and_found_good() -> None:
    assert all_told() == TOLD.read_text("utf-8")


if __name__ == "__main__":
    sys.stdout.write(all_told())
