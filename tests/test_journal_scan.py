"""The strict scanner against beancount: the same values, or it steps back."""

import random
from dataclasses import replace
from datetime import date
from decimal import Decimal
from pathlib import Path

import pytest
from beancount import loader
from hypothesis import example, given
from hypothesis import strategies as st
from test_journal_text import entries_, metas, texts, values

from mikroledger.domain.ledger import Account, Entry, Opening, Place, Posting, Record, Transaction
from mikroledger.journal import read, scan
from mikroledger.journal.layout import commit_number, commits
from mikroledger.journal.scan import NotCanonicalError, Scanner, chunks, entries
from mikroledger.journal.text import render
from mikroledger.journal.values import ledger_of

DAY = date(2011, 5, 2)
ACCOUNTS = ("Assets:Bank", "Assets:Loans:P65:L2011-0001", "Income:P65:Refund")


def scanned(text: str) -> tuple[Entry, ...] | None:
    """What the scanner reads, or None where it steps back."""
    try:
        return tuple(entries(text.encode(), 0, "<string>"))
    except NotCanonicalError:
        return None


def by_beancount(text: str, found: tuple[Entry, ...]) -> tuple[Entry, ...] | None:
    """What beancount reads from the same lines, or None where it finds an error.

    Accounts are opened first, for the scanner leaves it to the index to ask for that.
    """
    named = {p.account for e in found if isinstance(e, Transaction) for p in e.postings}
    named |= {v for e in found if isinstance(e, Record) for v in e.values if type(v) is Account}
    opens = [Opening(date(1, 1, 1), account) for account in sorted(named)]
    head = render(opens) + "\n"
    directives, errors, _ = loader.load_string(head + text, dedent=False)
    if errors:
        return None
    lines = head.count("\n")
    read_ = ledger_of(directives).entries[len(opens) :]
    return tuple(at(entry, entry.place.line - lines) for entry in read_)


def at(entry: Entry, line: int) -> Entry:
    return replace(entry, place=Place("<string>", line), commit=0)


@st.composite
def balanced(draw: st.DrawFn) -> Transaction:
    amount = draw(st.decimals("-999999.99", "999999.99", places=2).filter(bool))
    one, other = draw(st.permutations(ACCOUNTS))[:2]
    postings = (Posting(one, amount, draw(metas)), Posting(other, -amount))
    return Transaction(draw(days), draw(texts), postings, meta=draw(metas))


days = st.dates(date(1970, 1, 1), date(2999, 12, 31))
names = st.sampled_from(["hold", "letter", "notice-days"])
ours = st.one_of(
    balanced(),
    st.builds(Record, days, names, st.lists(values, max_size=4).map(tuple), meta=metas),
)


def after_a_number(entry: Entry) -> bool:
    """`2 (-12.00) DKK`: written so that beancount does not add it up; not read here."""
    said = entry.values if isinstance(entry, Record) else ()
    plain = [isinstance(v, int) and not isinstance(v, bool) for v in said]
    below = [isinstance(v, int | Decimal) and v < 0 for v in said]
    return any(n and b for n, b in zip(plain, below[1:], strict=False))


def linked(**meta: str) -> tuple[Transaction, ...]:
    """A transaction whose metadata may be links."""
    one, other = (Posting(account, amount) for account, amount in SIDES)
    return (Transaction(date(2011, 5, 2), "Afdrag", (one, other), meta=meta),)


SIDES = ((ACCOUNTS[0], Decimal("1.00")), (ACCOUNTS[1], Decimal("-1.00")))


@example(linked(loan="", payment="X-1"))
@example(linked(loan="pay", payment="-1"))
@given(st.lists(ours, min_size=1, max_size=4).map(tuple))
def test_what_mikroledger_writes_is_read_as_beancount_reads_it(made: tuple[Entry, ...]) -> None:
    text = render(made)
    found = scanned(text)
    if any(map(after_a_number, made)):
        assert found is None
        return
    assert found is not None
    assert found == by_beancount(text, found)
    for one, other in zip(found, made, strict=True):
        if isinstance(one, Record) and isinstance(other, Record):
            assert list(map(type, one.values)) == list(map(type, other.values))


@given(st.lists(entries_, min_size=1, max_size=3).map(tuple))
def test_whatever_else_is_read_alike_or_not_at_all(made: tuple[Entry, ...]) -> None:
    text = render(e for e in made if not isinstance(e, Opening))
    found = scanned(text) if text else None
    assert found is None or found == by_beancount(text, found)


@given(st.lists(st.one_of(balanced(), balanced()), min_size=2, max_size=9))
def test_one_shape_reads_them_all(made: list[Transaction]) -> None:
    scanner = Scanner()
    for chunk in chunks(render(made).encode()):
        shape, found = scanner.read(chunk)
        again, _ = scanner.read(chunk)
        assert again is shape
        assert shape.entry(found, 0, Place()) in made


SAMPLE = (
    Transaction(
        DAY,
        "Afdrag på lån L2011-0001",
        (
            Posting("Assets:Bank", Decimal("500.00"), {"payment": "PAY-1"}),
            Posting("Assets:Loans:P65:L2011-0001", Decimal("-500.00")),
        ),
        meta={
            "id": "000007",
            "by": "anl",
            "booked": DAY,
            "loan": "L2011-0001",
            "prior-year": 2010,
        },
    ),
    Record(DAY, "confirm", ("erp", Account("Assets:Bank"), Decimal("12.50"), 7, True, DAY)),
    Transaction(
        DAY,
        'Et "citat" og en \\',
        (Posting("Assets:Bank", Decimal("1.00")), Posting("Income:P65:Refund", Decimal("-1.00"))),
    ),
)
CANONICAL = render(SAMPLE)


def mutants(count: int, seed: int) -> list[str]:
    """Texts that are nearly canonical: a character or a line changed, taken, added or moved."""
    choose = random.Random(seed)
    alphabet = '0123456789-.:;#*"\\ \nDKKabzåÅ_/()~@^{}€\t\u00a0'
    made = []
    for _ in range(count):
        text = CANONICAL
        for _ in range(choose.randint(1, 2)):
            place = choose.randrange(len(text))
            end = place + choose.randint(0, 2)
            text = text[:place] + choose.choice(["", choose.choice(alphabet)]) + text[end:]
        if choose.random() < 0.3:
            lines = text.split("\n")
            one, other = choose.randrange(len(lines)), choose.randrange(len(lines))
            lines[one], lines[other] = lines[other], lines[one]
            text = "\n".join(lines)
        made.append(text)
    return made


def test_a_mutant_is_read_alike_or_not_at_all() -> None:
    accepted = 0
    for text in mutants(1500, seed=20110502):
        found = scanned(text)
        if found is not None:
            accepted += 1
            assert found == by_beancount(text, found), text
    assert accepted > 150, "the test must meet mutants that the scanner takes"


@pytest.mark.parametrize(
    "text",
    [
        "",
        CANONICAL.removesuffix("\n"),
        CANONICAL + "\n",
        "\n" + CANONICAL,
        CANONICAL.replace("  id", " id"),
        CANONICAL.replace("   500.00", "    500.00"),
        CANONICAL.replace("500.00 DKK", "500.0 DKK"),
        CANONICAL.replace("500.00 DKK", "0500.00 DKK"),
        CANONICAL.replace("-500.00 DKK", "-500.01 DKK"),
        CANONICAL.replace("2011-05-02", "2011-02-30"),
        CANONICAL.replace("2011-05-02 *", "2011-05-02 !"),
        CANONICAL.replace("^L2011-0001", "^L2011-0002"),
        CANONICAL.replace('"000007"', '"0000\t7"'),
        CANONICAL.replace("på", "pa\u030a"),
        CANONICAL.replace("på", "p\u200bå"),
        CANONICAL.replace('  id: "000007"\n', '  id: "000007"\n  id: "000007"\n'),
        CANONICAL.replace("TRUE", "true"),
        CANONICAL.replace(" 7 ", " 07 "),
        CANONICAL.replace("Assets:Bank  ", "Assets:bank  "),
        '2011-05-02 * "Tom"\n',
        '2011-05-02 note Assets:Bank "x"\n',
        'plugin "mikroledger.plugin"\n',
        "2011-05-02 open Assets:Bank DKK\n",
        '2011-05-02 custom "other" "hold"\n',
        '2011-05-02 custom "mikroledger" "hold" 10/0 DKK\n',
    ],
)
def test_anything_out_of_place_steps_back(text: str) -> None:
    assert scanned(text) is None


def test_broken_bytes_step_back() -> None:
    for content in (
        b"\xff\n",
        CANONICAL.encode().replace("å".encode(), b"\xc3"),
        b"\xc3\n\n\xa5\n",
    ):
        with pytest.raises(NotCanonicalError):
            list(entries(content, 0, "x"))


def test_an_opening_is_read() -> None:
    text = render((Opening(DAY, "Assets:Loans:P65:L2011-0001", meta={"funktion": "9.32.25"}),))
    assert scanned(text) == (
        Opening(
            DAY,
            "Assets:Loans:P65:L2011-0001",
            meta={"funktion": "9.32.25"},
            place=Place("<string>", 1),
        ),
    )


def test_every_commit_of_the_replay_is_read_as_beancount_reads_it(replay: Path) -> None:
    ledger = read.load(replay)
    for path in commits(replay):
        number = commit_number(path.name)
        mine = tuple(e for e in ledger.entries if e.place.file == str(path))
        assert tuple(entries(path.read_bytes(), number, str(path))) == mine


def test_a_cache_that_is_full_begins_anew(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(scan, "_MOST", 2)
    asked: list[str] = []

    def read_(text: str) -> int:
        asked.append(text)
        return int(text)

    cache = scan._Cache(read_)
    assert [cache[text] for text in ("1", "2", "1", "3", "1")] == [1, 2, 1, 3, 1]
    assert asked == ["1", "2", "3", "1"]
    assert list(cache) == ["3", "1"]
