"""Every bank's CSV and every dress of an ERP list, against what each must give, to the øre."""

import json
from pathlib import Path
from typing import Any

import pytest
from tool import Tool

from mikroledger.domain.record import Document
from mikroledger.errors import RefusedError
from mikroledger.importers import read

DATA = Path(__file__).parent / "data"
ERP, CSV = DATA / "erp", DATA / "bank" / "csv"
MANIFEST = {
    each["file"]: each["expect"] for each in json.loads((ERP / "MANIFEST.json").read_text())
}
ERP_GOLDEN: dict[str, Any] = json.loads((ERP / "golden.json").read_text(encoding="utf-8"))
CSV_GOLDEN: dict[str, Any] = json.loads((CSV / "golden.json").read_text(encoding="utf-8"))


def rejected(document: Document) -> list[list[Any]]:
    return [[each.line, each.reason.en] for each in document.rejected]


def test_each_file_has_its_golden_values() -> None:
    assert set(ERP_GOLDEN) == set(MANIFEST)
    assert set(CSV_GOLDEN) == {each.name for each in CSV.glob("*.csv")}


@pytest.mark.parametrize("file", sorted(ERP_GOLDEN))
def test_an_erp_list_gives_its_rows_or_is_refused(file: str) -> None:
    golden = ERP_GOLDEN[file]
    if message := golden.get("refused"):
        with pytest.raises(RefusedError) as caught:
            read(ERP / file, [ERP / "maps"])
        assert caught.value.text.en == message
        return
    document = read(ERP / file, [ERP / "maps"])

    assert document.source == golden["source"]
    assert rejected(document) == golden["rejected"]
    assert [
        [r.line, str(r.day), r.voucher, str(r.account), int(r.amount * 100), r.text, r.reference]
        for r in document.erp
    ] == golden["rows"]


@pytest.mark.parametrize("file", sorted(ERP_GOLDEN))
def test_the_golden_rows_are_what_the_manifest_says(file: str) -> None:
    golden, expected = ERP_GOLDEN[file], MANIFEST[file]
    amounts = [row[4] for row in golden.get("rows", [])]
    match expected:
        case {"sum_ore": int(total)} if "rows" in golden:
            assert (sum(amounts), len(amounts)) == (total, expected["rows"])
        case {"amounts_ore": stated}:
            assert amounts == [each for each in stated if isinstance(each, int)]
            assert len(golden["rejected"]) == len(stated) - len(amounts)
        case _:  # 07 as a whole; 09 its fifth posting; 10 four days
            refused = {"07": None, "09": [7], "10": [4, 5, 10, 11]}[file[:2]]
            lines = [line for line, _ in golden["rejected"]] if "rejected" in golden else None
            assert lines == refused


@pytest.mark.parametrize("file", sorted(CSV_GOLDEN))
def test_a_bank_statement_gives_its_lines_or_its_faults(file: str) -> None:
    document = read(CSV / file)
    golden = CSV_GOLDEN[file]

    covered = [str(day) if day else None for day in (document.since, document.until)]
    assert [document.source, *covered] == [golden["source"], golden["since"], golden["until"]]
    assert rejected(document) == golden["rejected"]
    read_lines = []
    for line in document.bank:
        (part,) = line.parts
        days = [str(line.day), str(line.value)]
        said = [str(line.amount), part.reference, part.fik, part.text]
        read_lines.append([line.line, *days, *said, line.entry])
    assert read_lines == golden["lines"]


@pytest.mark.parametrize("file", sorted(ERP_GOLDEN) + sorted(CSV_GOLDEN))
def test_the_command_books_all_of_a_file_or_leaves_the_book_as_it_was(
    clerk: Tool,
    file: str,
) -> None:
    golden = ERP_GOLDEN.get(file) or CSV_GOLDEN[file]
    path = str((ERP if file in ERP_GOLDEN else CSV) / file)
    before = clerk.tree()
    if "refused" in golden:
        assert f"{file}: {golden['refused']}" in clerk("import", path, code=4).stderr
        assert clerk.tree() == before
        return
    (done,) = clerk.json("import", path, code=1 if golden["rejected"] else 0)

    told = [[each["line"], each["reason"]] for each in done["rejected"]]
    assert told == golden["rejected"]
    if told:
        assert (done["booked"], clerk.tree()) == (0, before)
        return
    rows = golden.get("rows") or golden["lines"]
    after = clerk.tree()
    assert (done["rows"], done["booked"] + done["suspense"], done["already"]) == (
        len(rows),
    ) * 2 + (0,)
    assert after != before
    (again,) = clerk.json("import", path)
    assert (again["booked"], again["already"], clerk.tree()) == (0, len(rows), after)
