"""A column map from scratch: as docs/column-maps.md tells it, and as the message tells it."""

import re
import shutil
from pathlib import Path

import pytest
from tool import Tool

from mikroledger.importers.columns import SHIPPED

PAGE = (Path(__file__).parents[1] / "docs" / "column-maps.md").read_text(encoding="utf-8")
CSV, TOML = (re.findall(rf"```{kind}\n(.*?)```", PAGE, re.DOTALL)[0] for kind in ("csv", "toml"))


def test_the_example_of_the_manual_works(clerk: Tool) -> None:
    path = clerk.file("list.csv", CSV)
    assert "the columns are not known" in clerk("import", path, code=4).stderr
    (clerk.book / "maps" / "eksempel.toml").write_text(TOML, encoding="utf-8")

    (done,) = clerk.json("import", path)
    assert (done["rows"], done["booked"], done["sum"]) == (2, 2, "19000.00")
    assert clerk.json("show", "L2026-0001")["disbursed"] == "20000.00"
    assert clerk.json("import", path, "--map", "eksempel")[0]["already"] == 2


@pytest.mark.parametrize(
    ("old", "new", "line", "message"),
    [
        ("I alt 2 poster||||19.000,00|D||\n", "", 3, "does not end with a total line"),
        ("I alt 2 poster", "I alt 3 poster", 4, "The file says 3 rows and has 2."),
        ("19.000,00|D", "19.000,01|D", 4, "19.000,01 in total; the rows give 19.000,00."),
        ("19.000,00|D", "19.000,00|K", 4, "-19.000,00 in total; the rows give 19.000,00."),
        ("|K|", "|X|", 3, "'X' is not D/K for the amount's side."),
        ("20261119", "20261131", 3, "'20261131' is not a day that exists."),
        ("05.58.80.1.065.52|§ 65 r", "058010|§ 65 r", 3, "is not an account string by the map"),
    ],
)
def test_what_the_manual_says_is_refused_is(
    clerk: Tool, old: str, new: str, line: int, message: str
) -> None:
    (clerk.book / "maps" / "eksempel.toml").write_text(TOML, encoding="utf-8")
    assert old in CSV
    before = clerk.tree()
    (done,) = clerk.json("import", clerk.file("list.csv", CSV.replace(old, new)), code=1)

    ((told),) = done["rejected"]
    assert told["line"] == line
    assert message in told["reason"]
    assert clerk.tree() == before


def test_an_unknown_header_tells_how_to_make_a_map_and_it_works(clerk: Tool) -> None:
    """A person does what the message says: copies the model, and renames one column."""
    shutil.rmtree(clerk.book / "maps")
    head = (
        "Bogføringsdato;Bilag;Funktion;Dranst;Gruppering;Art;Posteringstekst;Beløb;CPR/CVR;"
        "Afgørelse;Reference;Bruger"
    )
    row = "18-11-2026;70010;5.58.80;1;065;5.2;§ 65;20.000,00;610190-0000;2026-0412;PAY-1;anl"
    path = clerk.file("list.csv", f"{head}\n{row}\n")
    told = " ".join(clerk("import", path, code=4).stderr.split())
    assert "It is like opus, but lacks: Bilagsnr; unknown: Bilag." in told
    model = re.search(r"copy (\S+) to maps \(the folder maps in the book\)", told)
    assert model
    text = Path(model[1]).read_text(encoding="utf-8")

    (clerk.book / "maps").mkdir()
    own = text.replace('name = "opus"', 'name = "odder"').replace('"Bilagsnr"', '"Bilag"')
    (clerk.book / "maps" / "odder.toml").write_text(own, encoding="utf-8")
    assert clerk.json("import", path)[0]["booked"] == 1


def test_the_manual_and_the_model_name_every_key_and_field() -> None:
    model = (SHIPPED / "opus.toml").read_text(encoding="utf-8")
    keys = "kind header optional separator layout dates years sign sides account total counts"
    for key in f"{keys} skips bank_account".split():
        assert f"`{key}`" in PAGE
        assert key in model
    fields = "day amount plus minus side voucher funktion dranst gruppering art text person"
    for field in f"{fields} decision reference value balance currency entry status".split():
        assert f"`{field}`" in PAGE
        assert field in model


def test_a_map_with_a_mistake_stops_the_import_and_is_named(clerk: Tool) -> None:
    (clerk.book / "maps" / "eksempel.toml").write_text(TOML.replace('"erp"', '"ERP"'))
    before = clerk.tree()

    told = clerk("import", clerk.file("list.csv", CSV), code=4).stderr
    assert "eksempel.toml cannot be read" in told
    assert clerk.tree() == before
