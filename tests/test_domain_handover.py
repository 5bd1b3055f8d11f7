"""Hand-over: every sentence that it tells, and the days and amounts at which it turns."""

from dataclasses import replace
from datetime import date, timedelta

import pytest
from fakes import FakeDebtors, FakeJournal
from test_domain_gate import letter, policy
from town import Town

from mikroledger.domain.conditions import Condition
from mikroledger.domain.handover import Candidate, Claim, candidate, limitation, notice_of
from mikroledger.domain.portfolio import Loan
from mikroledger.money import ZERO, kroner
from mikroledger.services.order import Who
from mikroledger.services.pay import Pay, pay
from mikroledger.words import Text

LOAN = "L2011-0001"
TOLD = date(2011, 10, 12)  # the notice of hand-over; the deadline in it is 26 October
DAY = date(2011, 11, 8)
LAW = "gældsinddrivelsesloven § 2 stk. 3"
WAIT = "policy handover-notice-days, interval-banking-days; deadline of the notice"
LEAST = "policy handover-minimum (gaeldst.dk)"
ONES = (
    "PAID-OUT",
    "BOOKED-RIGHT",
    "PRINCIPAL-AGREES",
    "PAST-PAY-BY",
    "BANK-FRESH",
    "LEDGER-SOUND",
    "NO-HOLD",
    "NOTICE-SENT",
    "NOTICE-OVER",
    "CLAIM-LARGE",
)


@pytest.fixture
def town(journal: FakeJournal, debtors: FakeDebtors) -> Town:
    """A loan that is paid out; two instalments are late on the day, and a third falls due."""
    town = Town(journal, debtors)
    town.grant()
    town.paid()
    town.bank(town.line(-20000, "PAY-1"), until=date(2011, 9, 19))
    letter(town, "payout", date(2011, 4, 18))
    return town


def told(town: Town, on: date = TOLD, deadline: date | None = None, level: int = 2) -> str:
    deadline = deadline or on + timedelta(days=14)
    letter(town, "reminder", on, level=level, file="letters/x.pdf", deadline=deadline)
    return f"{town.journal.commits:06d}"


def loan_of(town: Town, day: date = DAY) -> Loan:
    return town.now(day).loans[LOAN]


def judged(town: Town, day: date = DAY) -> Candidate:
    folio = town.now(day)
    return candidate(folio, town.found(day), folio.loans[LOAN], day)


def condition(found: Candidate, code: str) -> Condition:
    (one,) = (each for each in found.conditions if each.code == code)
    return one


def repaid(town: Town, amount: str, day: date = date(2011, 10, 20)) -> None:
    pay(town.journal, Pay("repay", LOAN, kroner(amount), day, "R-1"), Who("reg", DAY))


def test_a_loan_is_judged_by_ten_conditions_in_their_order(town: Town) -> None:
    found = judged(town)
    assert tuple(each.code for each in found.conditions) == ONES
    assert (found.loan, found.debtor) == (LOAN, "D0001")


# The notice


def test_without_a_notice_both_of_its_conditions_say_so(town: Town) -> None:
    found = judged(town)
    assert found.evidence == ""
    assert condition(found, "NOTICE-SENT") == Condition(
        "NOTICE-SENT",
        met=False,
        text=Text(
            "Der er ikke sendt brev om overdragelse (rykker 2).",
            "No notice of hand-over (reminder 2) has been sent.",
        ),
        source=LAW,
    )
    assert condition(found, "NOTICE-OVER") == Condition(
        "NOTICE-OVER",
        met=False,
        text=Text("Der er ingen frist endnu.", "There is no deadline yet."),
        source=WAIT,
    )


def test_a_notice_is_told_with_its_day_its_deadline_and_its_entry(town: Town) -> None:
    number = told(town)
    found = judged(town)
    assert found.evidence == number
    assert condition(found, "NOTICE-SENT") == Condition(
        "NOTICE-SENT",
        met=True,
        text=Text(
            "Brevet om overdragelse er fra 12. oktober 2011.",
            "The notice of hand-over is of 12 October 2011.",
        ),
        source=LAW,
        evidence=(number,),
    )
    assert condition(found, "NOTICE-OVER") == Condition(
        "NOTICE-OVER",
        met=True,
        text=Text(
            "Fristen i brevet er 26. oktober 2011; med løbedage 2. november 2011.",
            "The deadline in the notice is 26 October 2011; with days of grace 2 November 2011.",
        ),
        source=WAIT,
    )


@pytest.mark.parametrize(("day", "over"), [(date(2011, 11, 2), False), (date(2011, 11, 3), True)])
def test_the_last_day_of_grace_is_still_the_borrowers(town: Town, day: date, over: bool) -> None:
    told(town)
    waited = condition(judged(town, day), "NOTICE-OVER")
    assert waited.met is over
    assert waited.text.en.endswith("with days of grace 2 November 2011.")


def test_a_notice_without_a_deadline_counts_from_its_own_day(town: Town) -> None:
    letter(town, "reminder", TOLD, level=2, file="letters/x.pdf")
    waited = condition(judged(town), "NOTICE-OVER")
    assert waited.text.da == "Fristen i brevet er 12. oktober 2011; med løbedage 19. oktober 2011."


@pytest.mark.parametrize(
    ("days", "said"),
    [(0, "26 October 2011"), (14, "26 October 2011"), (15, "27 October 2011")],
)
def test_policy_can_make_the_deadline_later_and_not_earlier(
    town: Town, days: int, said: str
) -> None:
    told(town)
    policy(town, "handover-notice-days", days)
    waited = condition(judged(town), "NOTICE-OVER")
    assert waited.text.en.startswith(f"The deadline in the notice is {said};")


def test_of_several_notices_the_newest_counts(town: Town) -> None:
    first, second = told(town), told(town, date(2011, 10, 28))
    assert judged(town).evidence == second
    loan = loan_of(town)
    turned = replace(loan, letters=tuple(reversed(loan.letters)))
    notice = notice_of(turned)
    assert notice is not None
    assert (notice.record.id, notice.on) == (second, date(2011, 10, 28))
    assert first < second


@pytest.mark.parametrize(("level", "tells"), [(1, False), (2, True), (3, True)])
def test_only_the_second_reminder_and_later_ones_tell_of_it(
    town: Town, level: int, tells: bool
) -> None:
    told(town, level=level)
    assert (notice_of(loan_of(town)) is not None) is tells


# Claims


def test_the_claims_are_counted_and_added_up(town: Town) -> None:
    told(town)
    found = judged(town)
    assert condition(found, "CLAIM-LARGE") == Condition(
        "CLAIM-LARGE",
        met=True,
        text=Text(
            "2 rater på 2.000,00 kr. kan overdrages; grænsen er 100,00 kr. for hver.",
            "2 instalments of 2.000,00 kr. may go; the limit is 100,00 kr. for each.",
        ),
        source=LEAST,
    )
    assert found.amount == kroner(2000)


def test_one_claim_is_one_instalment(town: Town) -> None:
    told(town)
    town.repay(1000, "R-1")

    assert condition(judged(town), "CLAIM-LARGE").text == Text(
        "1 rate på 1.000,00 kr. kan overdrages; grænsen er 100,00 kr. for hver.",
        "1 instalment of 1.000,00 kr. may go; the limit is 100,00 kr. for each.",
    )


def test_where_no_claim_may_go_the_sum_is_nothing(town: Town) -> None:
    told(town)
    policy(town, "handover-minimum", kroner("1000.01"))
    found = judged(town)
    assert condition(found, "CLAIM-LARGE") == Condition(
        "CLAIM-LARGE",
        met=False,
        text=Text(
            "0 rater på 0,00 kr. kan overdrages; grænsen er 1.000,01 kr. for hver.",
            "0 instalments of 0,00 kr. may go; the limit is 1.000,01 kr. for each.",
        ),
        source=LEAST,
    )
    assert (found.claims, found.amount, found.ready) == ((), ZERO, False)
    assert found.reasons[-1] == condition(found, "CLAIM-LARGE")


def test_what_is_just_large_enough_goes(town: Town) -> None:
    told(town)
    repaid(town, "900")
    first, second = judged(town).claims
    assert (first.instalment, first.amount, first.missing) == (1, kroner(1000), kroner(100))
    assert (second.instalment, second.missing) == (2, kroner(1000))


def test_an_ore_less_stays_and_says_so(town: Town) -> None:
    told(town)
    repaid(town, "900.01")
    found = judged(town)
    assert [claim.instalment for claim in found.claims] == [2]
    assert found.left[0] == (
        1,
        Text(
            "99,99 kr. er under grænsen på 100,00 kr.",
            "99,99 kr. is below the limit of 100,00 kr.",
        ),
    )


def test_a_claim_is_barred_on_its_very_day_and_not_before(town: Town) -> None:
    told(town)
    eve, day = date(2014, 8, 31), date(2014, 9, 1)
    assert [claim.instalment for claim in judged(town, eve).claims] == [1, 2]
    found = judged(town, day)
    assert [claim.instalment for claim in found.claims] == [2]
    assert found.left[0] == (
        1,
        Text("Forældet 1. september 2014.", "Barred since 1 September 2014."),
    )


def test_what_is_to_be_paid_on_the_notices_own_day_was_not_late_in_it(town: Town) -> None:
    said = Text(
        "Kom efter brevet om overdragelse, så låntageren er ikke underrettet om den.",
        "Came after the notice of hand-over, so the borrower was not told of it.",
    )
    told(town, date(2011, 10, 3))  # the second instalment's last day in time
    found = judged(town)
    assert [claim.instalment for claim in found.claims] == [1]
    assert found.left == ((2, said), (3, said))


def test_what_was_late_the_day_before_the_notice_goes(town: Town) -> None:
    told(town, date(2011, 10, 4))
    assert [claim.instalment for claim in judged(town).claims] == [1, 2]


def test_before_anybody_was_told_each_claim_has_the_last_day_there_is(town: Town) -> None:
    found = judged(town)
    assert [(c.instalment, c.debtor, c.notice) for c in found.claims] == [
        (1, "D0001", date.max),
        (2, "D0001", date.max),
        (3, "D0001", date.max),
    ]
    assert found.left == ()


def test_each_period_begins_the_day_after_the_one_before(town: Town) -> None:
    assert [(c.start, c.due) for c in judged(town).claims] == [
        (date(2011, 4, 18), date(2011, 9, 1)),
        (date(2011, 9, 2), date(2011, 10, 1)),
        (date(2011, 10, 2), date(2011, 11, 1)),
    ]


def test_of_two_instalments_of_one_day_the_second_begins_after_the_first(town: Town) -> None:
    loan = loan_of(town)
    first, second = loan.plan[:2]
    same = replace(second, due=first.due)
    made = candidate(
        town.now(DAY), town.found(DAY), replace(loan, plan=(first, same, *loan.plan[2:])), DAY
    )
    assert [(c.instalment, c.start) for c in made.claims][:2] == [
        (1, date(2011, 4, 18)),
        (2, date(2011, 9, 2)),
    ]


def claim(number: int) -> Claim:
    day = date(2011, 9, 1)
    return Claim(
        loan=LOAN,
        instalment=number,
        debtor="D0001",
        amount=kroner(500),
        missing=kroner(300),
        founded=day,
        start=day,
        due=day,
        pay_by=day,
        barred=day,
        notice=day,
    )


@pytest.mark.parametrize(
    ("number", "name"), [(1, "L2011-0001-001"), (42, "L2011-0001-042"), (120, "L2011-0001-120")]
)
def test_a_claim_has_a_number_with_three_digits(number: int, name: str) -> None:
    assert claim(number).number == name


def test_a_candidate_is_worth_what_is_missing_and_waits_for_what_is_not_met() -> None:
    text = Text("a", "b")
    good = Condition("A", met=True, text=text, source="s")
    bad = Condition("B", met=False, text=text, source="s")
    made = Candidate(LOAN, "D0001", (claim(1), claim(2)), (), (good, bad))
    assert (made.amount, made.evidence) == (kroner(600), "")
    assert (made.ready, made.reasons) == (False, (bad,))
    assert replace(made, conditions=(good,)).ready


def test_limitation_moves_from_a_weekend_to_the_monday() -> None:
    assert limitation(date(2011, 9, 3), note=False) == date(2014, 9, 3)
    assert limitation(date(2011, 9, 3), note=True) == date(2021, 9, 3)
    assert limitation(date(2011, 9, 6), note=False) == date(2014, 9, 8)
