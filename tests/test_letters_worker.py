"""The worker's own tests, in a process of their own.

Typst starts threads, and a fork has none of them: where it has run once, no later child could
print. The program never runs it in its own process; to look at the worker, these tests do.
"""

import subprocess
import sys

from coverage import Coverage
from fakes import ROOT


def test_the_worker() -> None:
    words = ["-m", "pytest", "-p", "no:cacheprovider", "tests/worker_cases.py"]
    if Coverage.current():
        words = ["-m", "coverage", "run", "--parallel-mode", *words]
    done = subprocess.run(
        [sys.executable, *words], cwd=ROOT, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stdout + done.stderr
    assert " passed" in done.stdout
