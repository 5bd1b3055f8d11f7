"""Measure what the plugin takes of the time in which beancount loads a book (bean-check, Fava).

    python benchmarks/plugin.py --loans 100 1000 --repeat 3

The same book is loaded without the plugin's line, with it, and with it asked to be quiet, in turns
and without beancount's cache, each in a process of its own. Times are of processors.
"""  # noqa: INP001

import argparse
import os
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path
from statistics import median

from benchmarks.books import Plan, write

LINE = 'plugin "mikroledger.plugin"'
WAYS = {"without": "", "with": LINE, "quiet": f'{LINE} "quiet"'}
_LOAD = """
import sys, time
from beancount.loader import load_file
started = time.process_time()
entries, errors, _ = load_file(sys.argv[1])
print(time.process_time() - started, len(entries), len(errors))
"""


def loaded(book: Path, way: str) -> tuple[float, int]:
    """Load a book, and return seconds of processor time and the number of errors."""
    main = (book / "main.beancount").read_text(encoding="utf-8")
    file = book / f"{way}.beancount"
    file.write_text(main.replace(LINE, WAYS[way]), encoding="utf-8")
    env = {**os.environ, "BEANCOUNT_DISABLE_LOAD_CACHE": "1"}
    command = [sys.executable, "-c", _LOAD, str(file)]
    done = subprocess.run(command, env=env, capture_output=True, text=True, check=True)  # noqa: S603
    file.unlink()
    seconds, _, errors = done.stdout.split()
    return float(seconds), int(errors)


def main(words: Sequence[str] | None = None) -> None:
    """Print a table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--loans", type=int, nargs="+", default=[100, 1_000])
    parser.add_argument("--repeat", type=int, default=3)
    asked = parser.parse_args(words)
    sys.stdout.write(
        "| loans | without | quiet | with | the plugin's share of loading | errors shown |\n"
    )
    sys.stdout.write("|---|---|---|---|---|---|\n")
    with tempfile.TemporaryDirectory() as folder:
        for loans in asked.loans:
            book = Path(folder) / str(loans)
            write(book, Plan(loans, 60, 1, bound=True))
            turns = [{way: loaded(book, way) for way in WAYS} for _ in range(asked.repeat)]
            cost = {way: median(turn[way][0] for turn in turns) for way in WAYS}
            errors = turns[0]["with"][1]
            if turns[0]["without"][1] or turns[0]["quiet"][1]:
                raise SystemExit("The book has errors without the plugin.")
            share = (cost["with"] - cost["without"]) / cost["with"]
            times = " | ".join(f"{cost[way]:.2f} s" for way in ("without", "quiet", "with"))
            sys.stdout.write(f"| {loans} | {times} | {share:.0%} | {errors} |\n")
            sys.stdout.flush()


if __name__ == "__main__":
    main()
