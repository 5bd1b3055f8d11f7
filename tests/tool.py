"""The program as a person runs it: one command line at a time, on a book of the test's own."""

import hashlib
import json
from pathlib import Path
from typing import Any

from click.testing import CliRunner, Result

from mikroledger.cli.main import main


class Tool:
    """The program as a person runs it, on one book, on a day that the test sets."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.book = folder / "bog"
        self.day = "2011-05-06"
        self.env = {"MIKROLEDGER_LANG": "en"}

    def __call__(self, *words: str, by: str = "anl", code: int = 0, text: str = "") -> Result:
        env = {
            "MIKROLEDGER_BOOK": str(self.book),
            "MIKROLEDGER_TODAY": self.day,
            "MIKROLEDGER_BY": by,
            **self.env,
        }
        result = CliRunner().invoke(main, words, env=env, input=text or None)
        told = f"{' '.join(words)}\n{result.output}\n{result.exception!r}"
        assert result.exit_code == code, told
        assert "Traceback" not in result.output
        return result

    def json(self, *words: str, by: str = "anl", code: int = 0) -> Any:
        return json.loads(self(*words, "--json", by=by, code=code).stdout)

    def file(self, name: str, text: str, encoding: str = "utf-8") -> str:
        path = self.folder / name
        path.write_bytes(text.encode(encoding))
        return str(path)

    def tree(self) -> str:
        """Hash everything in the book but the lock."""
        digest = hashlib.sha256()
        for path in sorted(self.book.rglob("*")):
            if path.is_file() and path.parent.name != ".mikroledger":
                digest.update(str(path.relative_to(self.book)).encode() + path.read_bytes())
        return digest.hexdigest()
