"""Invent, play and score many municipalities, and print how often the judgement is wrong."""

import argparse
import sys
import time
from collections.abc import Sequence
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context

from benchmarks.corpus.score import RULES, Count, Score, run


def _share(part: int, whole: int) -> str:
    return f"{part / whole:.4f}" if whole else "-"


def _line(name: str, count: Count) -> str:
    cells = [
        name,
        f"{count.planted}",
        _share(count.found, count.planted),
        _share(count.right_errors, count.errors),
        f"{count.doubtful}",
        _share(count.doubted, count.doubtful),
        _share(count.right_errors + count.right_others, count.errors + count.others),
        f"{count.fixes}",
        _share(count.right_fixes, count.fixes),
    ]
    return f"| {' | '.join(cells)} |"


_HEAD = (
    "rule",
    "errors planted",
    "recall",
    "precision of errors",
    "doubtful planted",
    "warned of",
    "precision with warnings",
    "fixes",
    "fixes right",
)


def table(score: Score) -> str:
    """Return the table of a run, as Markdown."""
    lines = [f"| {' | '.join(_HEAD)} |", f"|---|{'---:|' * (len(_HEAD) - 1)}"]
    lines += [_line(code, c) for code, c in sorted(score.rules.items()) if code in RULES]
    lines.append(_line("**all**", score.overall))
    absent = [
        f"{code} (no rule; {count.planted + count.doubtful} planted)"
        for code, count in sorted(score.rules.items())
        if code not in RULES
    ]
    if absent:
        lines += ["", "Not judged yet: " + ", ".join(absent) + "."]
    lines += [
        "",
        (
            f"Debts right, before and after corrections: {score.right_debts} of {score.loans}."
            f" Balances right after them: {score.right_accounts} of {score.accounts}."
        ),
    ]
    return "\n".join(lines)


def main(words: Sequence[str] | None = None) -> int:
    """Run the corpus; the exit code is 1 if the judgement is not what issue 5 asks for."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.corpus", description=__doc__)
    parser.add_argument("--seeds", type=int, default=20, help="how many, from --first on")
    parser.add_argument("--first", type=int, default=1, help="the first seed")
    parser.add_argument("--postings", type=int, default=10_000, help="rows and lines of each seed")
    parser.add_argument("--processes", type=int, default=2)
    parser.add_argument("--show", type=int, default=20, help="disagreements to print")
    asked = parser.parse_args(words)
    started = time.perf_counter()
    whole = Score()
    seeds = range(asked.first, asked.first + asked.seeds)
    with ProcessPoolExecutor(asked.processes, get_context("spawn")) as pool:
        for score in pool.map(run, seeds, [asked.postings] * len(seeds)):
            whole.add(score)
    out = sys.stdout
    out.write(f"{table(whole)}\n\n")
    out.write(
        f"{asked.seeds} seeds, {whole.postings} postings, {time.perf_counter() - started:.0f} s"
        f" ({whole.seconds:.0f} s in {asked.processes} processes).\n"
    )
    for each in whole.disagreements[: asked.show]:
        out.write(f"- {each}\n")
    if len(whole.disagreements) > asked.show:
        out.write(f"- and {len(whole.disagreements) - asked.show} more (--show)\n")
    return 1 if whole.disagreements else 0


if __name__ == "__main__":
    sys.exit(main())
