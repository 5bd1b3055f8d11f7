"""The run by its command lines: reminders, post, hand-over, apology, and what explains them."""

import csv
import io
import json
import shutil
from pathlib import Path

import pytest
from lxml import etree
from test_cli import BANK, begun, late, paid, tool  # noqa: F401  # the fixture and a town's life
from test_exports_post import SCHEMA
from tool import Tool

from mikroledger.cli import progress
from mikroledger.cli.apologise import read_sent
from mikroledger.cli.app import App
from mikroledger.cli.post import read_receipts
from mikroledger.errors import UsageError

LOAN = "L2011-0001"
OWN = """
1970-01-01 custom "mikroledger" "creditor-number" "81234567"
1970-01-01 custom "mikroledger" "cvr" "12345678"
1970-01-01 custom "mikroledger" "claim-type" "KTEKSEMPEL"
"""


def own(tool: Tool) -> None:  # noqa: F811
    """Make the book a municipality's own."""
    path = tool.book / "policy.beancount"
    path.write_text(path.read_text() + OWN)


def night(tool: Tool, day: str) -> list[dict[str, object]]:  # noqa: F811
    """Import the bank of the day before, and run."""
    tool.day = day
    line = f"{day[8:]}-{day[5:7]}-{day[:4]};{day[8:]}-{day[5:7]}-{day[:4]};RENTE;1,00;1,00;\n"
    tool("import", tool.file(f"konto-{day}.csv", BANK.splitlines()[0] + "\n" + line))
    made: list[dict[str, object]] = tool.json("remind", "--yes", by="nat")["made"]
    return made


@pytest.fixture(scope="module")
def played(tmp_path_factory: pytest.TempPathFactory) -> Tool:
    """A borrower who was reminded twice and paid nothing."""
    made = begun(tmp_path_factory.mktemp("run"))
    own(made)
    late(made)
    assert [m["level"] for m in night(made, "2011-09-20")] == [1]
    assert night(made, "2011-09-21") == []
    assert [m["level"] for m in night(made, "2011-10-12")] == [2]
    return made


@pytest.fixture
def twice(played: Tool, tmp_path: Path) -> Tool:
    """The same in a book of the test's own."""
    copied = Tool(Path(shutil.copytree(played.folder, tmp_path / "copy")))
    copied.day = played.day
    return copied


def test_a_night_without_letters_explains_every_loan(tool: Tool) -> None:  # noqa: F811
    told = tool("remind", "--dry-run", "--all")
    assert "Owes nothing  L2011-0001" in told.stdout
    assert "The loan is not paid out" in told.stdout
    said = tool.json("remind", "--dry-run")
    assert said["not_due"] == [
        {"loan": LOAN, "text": "The loan is not paid out, so nothing falls due."}
    ]
    run = tool("remind", "--yes", "--all", by="nat")
    assert "L2011-0001: The loan is not paid out" in run.stderr
    assert "0 letters made, 0 could not be made, 0 held, 1 owe nothing yet" in run.stderr


def test_what_holds_is_counted_by_its_reason(twice: Tool) -> None:
    twice("defer", LOAN, "--until", "2011-12-31", "--reason", "aftale")
    told = twice("remind", "--dry-run").stderr
    assert "1 held (1 stopped, 1 letter lately, 1 last reminder sent: a task)" in told
    assert twice.json("remind", "--dry-run")["held_by"] == {
        "NO-HOLD": 1,
        "INTERVAL": 1,
        "LEVEL": 1,
    }


def test_each_letter_is_verified_and_explained_for_its_day(twice: Tool) -> None:
    assert twice.json("verify") == [] or "FEJL" not in twice("verify").stdout
    said = twice.json("explain", LOAN, "--as-of", "2011-09-20")
    (letter,) = said["letters"]
    assert (letter["kind"], letter["level"], letter["sound"]) == ("reminder", 1, True)
    assert letter["then"]["decision"] == "send"
    assert [c["code"] for c in letter["certificate"]["conditions"]] == [
        c["code"] for c in letter["then"]["conditions"]
    ]
    assert letter["mistakes"] == []
    told = twice("explain", LOAN, "--as-of", "2011-09-20").stdout
    assert "Letter that day: reminder 1, letters/2011/L2011-0001-reminder-1-2011-09-20.pdf" in told
    assert "When it was made:" in told
    assert "As it stood then: the same." in told


def test_a_past_day_is_explained_as_it_stood_then(twice: Tool) -> None:
    twice("repay", LOAN, "3.000,00", "--ref", "FI-1", "--on", "2011-09-12")
    said = twice.json("explain", LOAN, "--as-of", "2011-09-19")
    assert (said["decision"], said["then"]["decision"]) == ("nothing-due", "hold")
    met = [{c["code"]: c["met"] for c in each["conditions"]} for each in (said, said["then"])]
    assert [each["PAST-PAY-BY"] for each in met] == [False, True]
    assert [each["BANK-FRESH"] for each in met] == [True, False]
    told = twice("explain", LOAN, "--as-of", "2011-09-19").stdout
    assert "As it stood then: No reminder is sent." in told
    assert "Instalment 1 was to be paid by 1 September 2011" in told
    assert (
        twice.json("explain", LOAN, "--as-of", "2011-09-19", "--known-on", "2011-10-01")["then"]
        is None
    )


def test_a_day_before_the_loan_was_known_has_no_then(tool: Tool) -> None:  # noqa: F811
    assert tool.json("explain", LOAN, "--as-of", "2011-03-01")["then"] is None


def test_letters_go_to_digital_post_and_come_back_on_paper(twice: Tool) -> None:
    dry = twice("post", "out", "--dry-run", by="nat")
    assert "1 for Digital Post, 0 for print, 0 not handed over" in dry.stderr
    assert "2 older letters were not handed over" in dry.stderr
    said = twice.json("post", "out", by="nat")
    folder = twice.book / said["folder"]
    (letter,) = said["letters"]
    message = etree.fromstring((folder / f"brev-{letter['id']}.xml").read_bytes())
    SCHEMA.assertValid(message)
    index = list(
        csv.DictReader(
            io.StringIO((folder / "index.csv").read_text(encoding="utf-8-sig")), delimiter=";"
        )
    )
    assert [row["uuid"] for row in index] == [letter["uuid"]]
    assert twice.json("post", "out", by="nat")["batch"] is None
    assert [i["state"] for i in twice.json("post", "list")] == ["made", "made", "handed-over"]

    receipts = twice.file("kvit.csv", f"letter;state;day\n{letter['uuid']};returned;12-10-2011\n")
    assert "hand" not in twice("post", "receipt", receipts, "--dry-run").stdout.splitlines()[0]
    assert twice.json("post", "receipt", receipts) == {"rows": 1, "booked": 1, "already": 0}
    assert twice.json("post", "receipt", receipts)["already"] == 1
    again = twice("post", "out", by="nat")
    assert "0 for Digital Post, 1 for print" in again.stderr
    batch = Path(again.stdout.strip())
    assert sorted(p.name for p in batch.iterdir()) == ["index.csv", "print.pdf"]
    told = twice("post", "list", "--state", "handed-over").stdout
    assert "handed over" in told
    assert len(told.splitlines()) == 2
    arrived = twice.file("k2.csv", f"letter,state,day\n{letter['id']},delivered,i dag\n")
    assert "1 receipts recorded" in twice("post", "receipt", arrived).stderr


def test_a_letter_that_cannot_go_is_told_and_ends_in_one(twice: Tool) -> None:
    (twice.book / "letters/2011/L2011-0001-reminder-2-2011-10-12.pdf").unlink()
    told = twice("post", "out", by="nat", code=1)
    assert "(L2011-0001) was not handed over" in told.stderr
    (left,) = twice.json("post", "out", by="nat", code=1)["left"]
    assert left["loan"] == LOAN


def test_a_letter_of_today_is_handed_over_and_no_older_one_is_told(
    tool: Tool,  # noqa: F811
) -> None:
    own(tool)
    paid(tool)
    told = tool("post", "out", by="nat").stderr
    assert "1 for Digital Post" in told
    assert "older" not in told


def test_an_interrupted_batch_is_told_of(twice: Tool) -> None:
    said = twice.json("post", "out", by="nat")
    folder = twice.book / said["folder"]
    folder.rename(folder.with_name(f".tmp-{folder.name}"))  # as a crash leaves it
    assert "was interrupted and is handed over now" in twice("post", "out", by="nat").stderr
    assert folder.is_dir()


def test_a_loan_is_handed_over_after_its_notice_and_gets_no_letter_more(twice: Tool) -> None:
    told = twice("hand-over").stdout
    assert "Stays  L2011-0001" in told
    assert "NOTICE-OVER" in told
    twice("hand-over", LOAN, code=4)
    night(twice, "2011-11-08")
    told = twice("hand-over").stdout
    assert "May go  L2011-0001  2.000,00 kr." in told
    assert "L2011-0001-001  1.000,00 kr., to be paid by 2011-09-01, barred 2014-09-01" in told
    assert "instalment 3 stays: Came after the notice of hand-over" in told
    said = twice.json("hand-over")
    assert [c["number"] for c in said["ready"][0]["claims"]] == [
        "L2011-0001-001",
        "L2011-0001-002",
    ]
    assert "Dry run" in twice("hand-over", LOAN, "--dry-run").stderr
    assert not (twice.book / "outgoing").exists()
    done = twice.json("hand-over", LOAN)
    text = (twice.book / done["folder"] / "gaeldsstyrelsen.csv").read_text(encoding="utf-8-sig")
    rows = list(csv.DictReader(io.StringIO(text), delimiter=";"))
    assert rows[0] == {
        "fordringstype": "KTEKSEMPEL",
        "nummer": "L2011-0001-001",
        "kreditor-cvr": "12345678",
        "skyldner-art": "cpr",
        "skyldner": "6101900000",
        "hovedstol": "1.000,00",
        "restance": "1.000,00",
        "stiftelsesdato": "02-05-2011",
        "periode-start": "02-05-2011",
        "periode-slut": "01-09-2011",
        "forfaldsdato": "01-09-2011",
        "sidste-rettidige-betalingsdato": "01-09-2011",
        "foraeldelsesdato": "01-09-2014",
        "doms-eller-forligsdato": "",
        "underretningsdato": "12-10-2011",
        "beskrivelse": "Lån, rate 1",
    }
    assert (rows[1]["periode-start"], rows[1]["sidste-rettidige-betalingsdato"]) == (
        "02-09-2011",
        "03-10-2011",
    )
    assert twice.json("show", LOAN)["state"] == "handed-over"
    assert "NO-HOLD" in twice("remind", "--dry-run").stdout
    assert "handed over already" in twice("hand-over", LOAN).stderr
    twice("repay", LOAN, "500", "--ref", "FI-9")
    assert twice.json("hand-over")["repaid_since"] == [
        {"loan": LOAN, "day": "2011-11-08", "amount": "500.00"}
    ]
    assert (
        "Repaid since the hand-over  L2011-0001  2011-11-08  500,00 kr."
        in twice("hand-over").stdout
    )
    twice("hand-over", LOAN, "--as-of", "2011-11-01", code=2)


def test_an_interrupted_hand_over_is_told_of(twice: Tool) -> None:
    night(twice, "2011-11-08")
    folder = twice.book / twice.json("hand-over", LOAN)["folder"]
    folder.rename(folder.with_name(f".tmp-{folder.name}"))
    told = twice("hand-over", LOAN).stderr
    assert "was interrupted and is handed over now" in told
    assert folder.is_dir()


SENT = "loan;day;level;deadline;amount;fee;reference\n"


def test_a_list_of_sent_letters_becomes_apologies(tool: Tool) -> None:  # noqa: F811
    late(tool)
    text = (
        f"{SENT}{LOAN};02-05-2011;1;16-05-2011;20.000,00;250,00;R-1\n{LOAN};12-09-2011;1;;;;\n\n"
    )
    sent = tool.file("sendt.csv", text)
    before = tool.tree()
    dry = tool("apologise", "--sent", sent, "--dry-run")
    assert "2 letters of another system would be recorded" in dry.stderr
    assert "reminder 1 on L2011-0001 of 2 May 2011, fee 250,00 kr." in dry.stdout
    assert "PAST-PAY-BY" in dry.stdout
    assert tool.tree() == before
    tool("apologise", "--sent", sent, code=2)
    said = tool.json("apologise", "--sent", sent, "--yes")
    assert (said["recorded"], len(said["letters"]), len(said["made"])) == (2, 1, 1)
    assert said["letters"][0]["fee"] == "250.00"
    assert (tool.book / said["made"][0]["file"]).read_bytes().startswith(b"%PDF")
    again = tool.json("apologise", "--sent", sent, "--yes")
    assert (again["recorded"], again["letters"], again["made"]) == (0, [], [])
    assert tool("verify").stdout == "" or "ERROR" not in tool("verify").stdout
    said = tool.json("explain", LOAN, "--as-of", "2011-05-02")
    assert {n["kind"]: n["cancelled"] for n in said["letters"]} == {"reminder": True}
    assert "Cancelled, with an apology" in tool("explain", LOAN, "--as-of", "2011-05-02").stdout
    assert tool("show", LOAN).exit_code == 0


def test_a_mistake_is_told_by_explain_until_it_is_apologised_for(tool: Tool) -> None:  # noqa: F811
    late(tool)
    sent = tool.file("sendt.csv", f"loan,day\n{LOAN},02-05-2011\n")
    tool("apologise", "--sent", sent, "--yes", by="", code=2)
    tool("apologise", "--sent", sent, "--dry-run")
    (tool.book / "templates/da/apology.md").write_text("{{ nothing }}\n")
    failed = tool("apologise", "--sent", sent, "--yes", code=1)
    assert "no apology" in failed.stderr
    told = tool("explain", LOAN, "--as-of", "2011-05-02").stdout
    assert "Today it would be held. Write an apology" in told
    assert "PAST-PAY-BY" in told
    (letter,) = tool.json("apologise", "--dry-run")["letters"]
    assert tool.json("apologise", "nobody", "--dry-run")["letters"] == []
    assert tool.json("apologise", letter["id"], "--dry-run")["letters"] == [letter]
    assert "1 could not be written" in tool("apologise", letter["id"], "--yes", code=1).stderr


def test_apologies_that_stopped_end_in_their_code(tool: Tool) -> None:  # noqa: F811
    late(tool)
    sent = tool.file("sendt.csv", f"loan,day,reference\n{LOAN},02-05-2011,R-1\n")
    dry = tool.json("apologise", "--sent", sent, "--dry-run")
    number = dry["letters"][0]["id"]
    blocked = tool.book / f"letters/2011/{LOAN}-apology-{number}-2011-09-20.pdf"
    blocked.mkdir(parents=True)  # what lies there cannot be replaced by a file
    told = tool("apologise", "--sent", sent, "--yes", code=5)
    assert "0 apologies written" in told.stderr
    assert "could not be written" in told.stderr


def test_on_a_terminal_apologies_are_asked_about(
    tool: Tool,  # noqa: F811
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    late(tool)
    sent = tool.file("sendt.csv", f"loan,day\n{LOAN},02-05-2011\n")
    monkeypatch.setattr(App, "at_terminal", True)
    tool("apologise", "--sent", sent, code=130, text="n\n")
    assert "1 apologies written" in tool("apologise", text="y\n").stderr


def test_a_changed_letter_is_seen_by_explain_and_verify(twice: Tool) -> None:
    path = twice.book / "letters/2011/L2011-0001-reminder-1-2011-09-20.pdf"
    path.write_bytes(b"%PDF other")
    told = twice("explain", LOAN, "--as-of", "2011-09-20").stdout
    assert "Letter or certificate is gone or changed" in told
    twice("verify", code=1)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("lån;dag\n", "the first line must be 'loan;day;level"),
        ("loan;day;day\n", "the first line must be"),
        (f"loan;day\n{LOAN}\n", "line 2: the line has 1 fields, not 2"),
        (f"loan;day\n{LOAN};i morgen\n", "line 2: 'i morgen' is not a date"),
        (f"loan;day;level\n\n{LOAN};2.5.2011;12\n", "line 3: '12' is no level"),
        (f"loan;day;fee\n{LOAN};2.5.2011;-1\n", "line 2: The amount -1,00 kr. is below zero"),
        (f"loan;day;reference\n{LOAN};2.5.2011;å\n", "line 2: The reference cannot be used"),
        (f"loan;day;deadline\n{LOAN};2.5.2011;x\n", "line 2: 'x' is not a date"),
    ],
)
def test_a_bad_list_of_letters_is_told_by_line(tmp_path: Path, text: str, said: str) -> None:
    path = tmp_path / "sendt.csv"
    path.write_text(text)
    with pytest.raises(UsageError) as error:
        read_sent(path)
    assert said in error.value.text.en


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("brev;tilstand;dag\n", "the first line must be 'letter;state;day'"),
        ("letter;state;day\n1;lost;2.5.2011\n", "line 2: write a letter, delivered or returned"),
        ("letter;state;day\n1;returned\n", "line 2: write a letter"),
        ("letter;state;day\n\n1;returned;x\n", "line 3: 'x' is not a date"),
    ],
)
def test_a_bad_list_of_receipts_is_told_by_line(tmp_path: Path, text: str, said: str) -> None:
    path = tmp_path / "kvit.csv"
    path.write_text(text)
    with pytest.raises(UsageError) as error:
        read_receipts(path)
    assert said in error.value.text.en


def test_a_run_that_stopped_tells_what_was_made_and_ends_in_its_code(
    tool: Tool,  # noqa: F811
) -> None:
    late(tool)
    (tool.book / "letters" / "2011").chmod(0o500)
    letters = tool.book / "letters" / "2011"
    blocked = letters / f"{LOAN}-reminder-1-2011-09-20.pdf"
    letters.chmod(0o700)
    blocked.mkdir()  # what lies there cannot be replaced by a file
    told = tool("remind", "--yes", by="nat", code=5)
    assert "0 letters made" in told.stderr
    assert "could not be written" in told.stderr
    blocked.rmdir()
    assert len(tool.json("remind", "--yes", by="nat")["made"]) == 1


# the bar


def test_a_long_run_is_seen_to_move(
    tool: Tool,  # noqa: F811
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    late(tool)
    monkeypatch.setattr(progress, "watched", lambda: True)
    monkeypatch.setattr(progress, "AFTER", 0)
    told = tool("remind", "--yes", by="nat")
    assert "Letters" in told.stderr
    assert LOAN in told.stderr
    json.loads(tool("remind", "--yes", "--json", by="nat").stdout)


def test_a_short_one_shows_no_bar(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(progress, "watched", lambda: True)
    bar = progress.Bar("Breve", "Letters")
    bar(0, 2, LOAN)
    bar.done()
    monkeypatch.setattr(progress, "AFTER", 0)
    bar(1, 2, LOAN)
    bar(2, 2, LOAN)
    bar.done()
    bar.done()


def test_nobody_looks_and_nothing_is_drawn() -> None:
    assert not progress.watched()
    bar = progress.Bar("Breve", "Letters")
    bar(0, 2, LOAN)
    bar.done()
