"""Post: every letter handed over once, in the form of its channel, and what became of it."""

from dataclasses import dataclass, field, replace
from datetime import date, timedelta
from typing import Any

import pytest
from office import Office
from test_domain_gate import LATE, policy
from test_services_remind import NIGHT, office  # noqa: F401  # the fixture

from mikroledger.domain.post import Parcel
from mikroledger.errors import NotCertainError, RefusedError, UsageError
from mikroledger.exports.bundle import index
from mikroledger.exports.claims import claims
from mikroledger.rules import ALL_RULES
from mikroledger.services import post as service
from mikroledger.services.order import Who
from mikroledger.services.post import Dispatch, PostRoom, Receipt, dispatch, items, receive
from mikroledger.services.remind import run


class Mailroom:
    """Forms of letters that a test can read."""

    def __init__(self) -> None:
        self.refused: set[str] = set()

    def memo(self, parcel: Parcel, pdf: bytes) -> bytes:
        if parcel.loan in self.refused:
            raise RefusedError("for langt", "too long")
        return f"{parcel.to.number} {len(pdf)}".encode()

    def bundle(self, parcels: Any, pdf_of: Any) -> tuple[bytes, list[tuple[int, int]]]:
        said = "\n".join(f"{p.letter} {len(pdf_of(p))}" for p in parcels)
        return said.encode(), [(n * 2 + 1, 1) for n in range(len(parcels))]

    def claims(self, rows: Any, kind: str, cvr: str) -> bytes:
        return claims(rows, kind, cvr)

    def index(self, rows: Any) -> bytes:
        return index(rows)


@dataclass
class Tray:
    """An out-tray in memory."""

    hidden: dict[str, dict[str, bytes]] = field(default_factory=dict)
    shown: dict[str, dict[str, bytes]] = field(default_factory=dict)

    def prepare(self, batch: str, files: Any) -> None:
        self.hidden[batch] = dict(files)

    def hand_over(self, batch: str) -> None:
        self.shown[batch] = self.hidden.pop(batch)

    def discard(self, batch: str) -> None:
        del self.hidden[batch]

    def recover(self, known: Any) -> tuple[str, ...]:
        there = tuple(batch for batch in self.hidden if batch in known())
        for batch in there:
            self.hand_over(batch)
        return there


@dataclass
class Post:
    office: Office
    tray: Tray = field(default_factory=Tray)
    mailroom: Mailroom = field(default_factory=Mailroom)

    @property
    def room(self) -> PostRoom:
        desk = self.office.desk
        return PostRoom(desk.journal, desk.debtors, desk.outbox, self.tray, self.mailroom)

    def out(self, day: date = LATE, **more: Any) -> Dispatch:
        return dispatch(self.room, Who("nat", day), **more)

    def states(self) -> dict[str, str]:
        return {i.loan: i.state for i in items(self.office.town.journal) if i.kind == "reminder"}

    def receive(self, *rows: Receipt, day: date = LATE) -> bool:
        return receive(self.office.town.journal, rows, Who("reg", day)) is not None


@pytest.fixture
def post(office: Office) -> Post:  # noqa: F811
    """Two reminders of the night; the second borrower is exempt from Digital Post."""
    policy(office.town, "creditor-number", "81234567")
    run(office.desk, ALL_RULES, LATE, None, NIGHT)
    office.town.debtors.exempt.add("D0002")
    return Post(office)


def letter(post: Post, loan: str) -> str:
    return next(
        i.letter for i in items(post.office.town.journal) if (i.loan, i.kind) == (loan, "reminder")
    )


def test_letters_are_handed_over_by_their_channel_once(post: Post) -> None:
    seen: list[str] = []
    done = post.out(progress=lambda _done, _of, loan: seen.append(loan))
    assert seen == ["L2011-0001", "L2011-0002"]
    assert [(p.loan, p.channel) for p in done.sent] == [
        ("L2011-0001", "digital"),
        ("L2011-0002", "print"),
    ]
    (batch,) = post.tray.shown
    assert batch == done.batch
    assert done.head == post.office.town.journal.ledger.head
    first, second = letter(post, "L2011-0001"), letter(post, "L2011-0002")
    files = post.tray.shown[batch]
    assert list(files) == [f"brev-{first}.xml", "print.pdf", "index.csv"]
    assert files[f"brev-{first}.xml"].startswith(b"6101900001 ")
    assert files["print.pdf"].startswith(second.encode())
    assert post.states() == {"L2011-0001": "handed-over", "L2011-0002": "handed-over"}
    again = post.out()
    assert (again.batch, again.sent, again.head) == ("", (), "")
    assert len(post.tray.shown) == 1


def test_a_dry_run_hands_nothing_over(post: Post) -> None:
    done = post.out(dry_run=True)
    assert (len(done.sent), done.batch) == (2, "")
    assert (post.tray.hidden, post.tray.shown) == ({}, {})
    assert set(post.states().values()) == {"made"}


def test_without_anybody_on_paper_there_is_no_bundle(post: Post) -> None:
    post.office.town.debtors.exempt.clear()
    done = post.out()
    assert "print.pdf" not in post.tray.shown[done.batch]


def test_what_came_back_from_a_mailbox_goes_on_paper_and_then_no_more(post: Post) -> None:
    done = post.out()
    uuid = done.sent[0].uuid
    assert post.receive(Receipt(2, uuid, "returned", LATE))
    assert not post.receive(Receipt(2, uuid, "returned", LATE))
    later = LATE + timedelta(days=30)  # it was sent in time; its age is no matter
    again = post.out(later)
    assert [(p.loan, p.channel) for p in again.sent] == [("L2011-0001", "print")]
    number = letter(post, "L2011-0001")
    assert post.receive(Receipt(2, number, "returned", later), day=later)
    assert post.out(later).sent == ()
    assert post.receive(Receipt(3, number, "delivered", later), day=later)
    assert post.states()["L2011-0001"] == "delivered"


def test_a_letter_sent_in_another_way_is_only_recorded(post: Post) -> None:
    numbers = [letter(post, loan) for loan in ("L2011-0001", "L2011-0002")]
    rows = [Receipt(n, number, "delivered", LATE) for n, number in enumerate(numbers, 2)]
    assert post.receive(*rows)
    assert post.out().sent == ()


def test_receipts_are_taken_whole_or_not_at_all(post: Post) -> None:
    good = Receipt(2, letter(post, "L2011-0001"), "delivered", LATE)
    with pytest.raises(RefusedError, match="Line 3: There is no letter nobody"):
        post.receive(good, Receipt(3, "nobody", "returned", LATE))
    with pytest.raises(RefusedError, match=r"Line 4: .* has not come yet"):
        post.receive(replace(good, line=4, on=LATE + timedelta(days=1)))
    assert set(post.states().values()) == {"made"}
    journal = post.office.town.journal
    dry = receive(journal, [good, good], Who("reg", LATE), dry_run=True)
    assert dry is not None
    assert len(dry.entries) == 1
    assert set(post.states().values()) == {"made"}


def test_a_letter_that_has_lain_too_long_is_left(post: Post) -> None:
    done = post.out(LATE + timedelta(days=8))
    assert {item.loan for item in done.old} == {"L2011-0001", "L2011-0002"}
    assert (done.sent, done.left) == ((), ())
    assert len(post.out(LATE + timedelta(days=7)).sent) == 2


def test_a_letter_that_cannot_go_keeps_no_other_back(post: Post) -> None:
    post.mailroom.refused.add("L2011-0001")
    done = post.out()
    assert [p.loan for p in done.sent] == ["L2011-0002"]
    assert [(i.loan, e.text.en) for i, e in done.left] == [("L2011-0001", "too long")]
    post.mailroom.refused.clear()
    assert [p.loan for p in post.out().sent] == ["L2011-0001"]


@pytest.mark.parametrize("content", [None, b"other"])
def test_a_letter_that_is_gone_or_changed_is_not_sent(post: Post, content: bytes | None) -> None:
    name = f"2011/L2011-0001-reminder-1-{LATE}.pdf"
    files = post.office.outbox.files
    files.pop(name)
    if content:
        files[name] = content
    done = post.out()
    assert [p.loan for p in done.sent] == ["L2011-0002"]
    assert "gone or was changed" in done.left[0][1].text.en


def test_a_disk_that_cannot_be_read_ends_it(post: Post, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(file: str) -> bytes:
        raise NotCertainError("fejl", "error")

    monkeypatch.setattr(post.office.outbox, "get", broken)
    with pytest.raises(NotCertainError):
        post.out()


def test_the_examples_letters_are_not_sent(post: Post) -> None:
    policy(post.office.town, "creditor-number", "80000000")
    assert len(post.out(dry_run=True).sent) == 2
    with pytest.raises(RefusedError, match="example"):
        post.out()
    assert (post.tray.hidden, post.tray.shown) == ({}, {})


def crash(*_: object) -> str:
    raise NotCertainError("", "")


def test_a_crash_before_the_book_knows_hands_nothing_over(
    post: Post, monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as patch:
        patch.setattr(
            service, "_record", lambda *_: (_ for _ in ()).throw(NotCertainError("", ""))
        )
        with pytest.raises(NotCertainError):
            post.out()
    assert (len(post.tray.hidden), post.tray.shown) == (1, {})
    done = post.out()
    assert done.finished == ()
    assert list(post.tray.shown) == [done.batch]


def test_a_crash_after_the_book_knows_lets_the_batch_appear_next_time(
    post: Post, monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as patch:
        patch.setattr(post.tray, "hand_over", crash)
        with pytest.raises(NotCertainError):
            post.out()
    assert post.tray.shown == {}
    done = post.out()
    assert (len(done.finished), done.sent) == (1, ())
    assert list(post.tray.shown) == list(done.finished)


def test_two_at_once_hand_over_one_batch(post: Post, monkeypatch: pytest.MonkeyPatch) -> None:
    real = post.tray.prepare

    def other_first(batch: str, files: Any) -> None:
        real(batch, files)
        monkeypatch.setattr(post.tray, "prepare", real)
        other = Post(post.office)
        other.out()

    monkeypatch.setattr(post.tray, "prepare", other_first)
    with pytest.raises(RefusedError, match="another command"):
        post.out()
    assert (post.tray.hidden, post.tray.shown) == ({}, {})


def test_a_cancelled_letter_is_not_sent(post: Post, monkeypatch: pytest.MonkeyPatch) -> None:
    from mikroledger.services import letters_

    folio = post.office.town.now(LATE)
    wrong = next(n for n in folio.loans["L2011-0001"].letters if n.kind == "reminder")
    letters_.apologise(post.office.desk, folio, wrong, (), NIGHT)
    assert [(p.loan, p.kind) for p in post.out().sent] == [
        ("L2011-0001", "apology"),
        ("L2011-0002", "reminder"),
    ]


def test_somebody_signs(post: Post) -> None:
    with pytest.raises(UsageError):
        dispatch(post.room, Who("", LATE))
    with pytest.raises(UsageError):
        receive(post.office.town.journal, [], Who("", LATE))
