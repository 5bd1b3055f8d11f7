"""Invent municipalities: their habits, who lives there, and what goes wrong; all from a seed."""

import random
from collections.abc import Callable, Mapping

from benchmarks.corpus.lawful import (
    LIVES,
    corrected,
    in_parts,
    ours_then_theirs,
    overpaid_back,
    returned,
)
from benchmarks.corpus.town import IN_ORDER, INTERLEAVED, SHUFFLED, Habits, Life, Town
from benchmarks.corpus.wrong import (
    WRONGS,
    half_corrected,
    never_in_erp,
    one_reference_twice,
    paid_beyond,
    paid_twice,
    part_as_grant,
    unsigned,
    wrong_loan,
)

PLAIN = ("all", "all", "decision", "number", "reference")
LOOSE = (*PLAIN, "person", "typo", "typo-person")
FILES = ("{year}-{serial:04d}", "{year}/{serial:05d}", "15.17.12-G01-{serial}-{year}")
ORDERS = (IN_ORDER, INTERLEAVED, SHUFFLED)
RATES = {"realistic": 0.04, "high": 0.5}
ONE_ORDER = frozenset(
    {
        never_in_erp,
        one_reference_twice,
        ours_then_theirs,
        overpaid_back,
        paid_beyond,
        paid_twice,
        returned,
        unsigned,
        wrong_loan,
    }
)
"""Lives in which somebody acts on what the book says; their order cannot be another."""
OWN_ORDER = frozenset({corrected, half_corrected, in_parts, part_as_grant})
"""Lives in which one row of the ERP follows from an earlier one: its lists come in their order."""

Lived = Callable[[Life], None]


def habits(seed: int, place: int) -> Habits:
    """Return the habits of one municipality: each kind comes in turn."""
    dice = random.Random(f"{seed}/{place}")  # noqa: S311  # the same town for the same seed
    rate = "high" if place % 2 else "realistic"
    order = ORDERS[place // 2 % len(ORDERS)]
    return Habits(
        name=f"{seed}.{place} {rate} {order}",
        year=dice.randint(2010, 2025),
        erp=dice.choice(("opus", "prisme", "eg", "print")),
        bank=dice.choice(("bank", "rentedato", "bec", "bankdata")),
        rate=RATES[rate],
        order=order,
        counter_legs=dice.random() < 0.4,
        both_sides=dice.random() < 0.3,
        batches=dice.random() < 0.4,
        cumulative=order != SHUFFLED and dice.random() < 0.2,
        weekly=dice.random() < 0.3,
        prefix=dice.choice(("PAY", "NKS", "UDB")),
        file=dice.choice(FILES),
        ties=dice.choice((PLAIN, LOOSE)) if order == IN_ORDER else PLAIN,
    )


def town(seed: int, place: int, postings: int) -> Town:
    """Invent one municipality, until its documents have so many postings."""
    own = habits(seed, place)
    made = Town(own, random.Random(f"{seed}/{place}/lives"))  # noqa: S311
    while made.postings() < postings:
        live(made, choose(made))
    return made


def choose(made: Town) -> Lived:
    """Draw what is told next."""
    wrong = made.dice.random() < made.habits.rate
    lives: Mapping[Lived, int] = WRONGS if wrong else LIVES
    drawn = made.dice.choices(list(lives), list(lives.values()))[0]
    return drawn if possible(drawn, made.habits) else choose(made)


def possible(lived: Lived, own: Habits) -> bool:
    """Tell whether a life can be told in a municipality's order of documents."""
    if lived in ONE_ORDER:
        return own.order == IN_ORDER
    return lived not in OWN_ORDER or own.order != SHUFFLED


def live(made: Town, lived: Lived) -> None:
    """Tell one life."""
    lived(Life(made, lived.__name__))


def towns(seed: int, postings: int, each: int = 1_250) -> list[Town]:
    """Return a seed's municipalities, which have so many postings together."""
    made: list[Town] = []
    while (missing := postings - sum(t.postings() for t in made)) > 0:
        made.append(town(seed, len(made), min(each, missing)))
    return made


def alone(lived: Lived, seed: int, *, place: int = 0) -> Town:
    """Return a municipality in which one life is lived, with the habits of a seed's place."""
    made = Town(habits(seed, place), random.Random(f"{seed}/{lived.__name__}"))  # noqa: S311
    live(made, lived)
    return made
