"""How well the findings and their corrections agree with the truth."""

import time
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from decimal import Decimal

from benchmarks.corpus.make import towns
from benchmarks.corpus.play import Play, balances, play
from benchmarks.corpus.town import Town
from benchmarks.corpus.truth import ERROR, NOUGHT, Label
from mikroledger.domain.finding import Finding
from mikroledger.domain.portfolio import portfolio
from mikroledger.domain.rule import check
from mikroledger.errors import MikroledgerError
from mikroledger.rules import ALL_RULES
from mikroledger.services.correct import Choice, reclassify
from mikroledger.services.countersign import countersign

RULES = frozenset(rule.code for rule in ALL_RULES)
OWN_MATTER = frozenset({"ML001", "ML002"})
"""Codes about remarks in the book, which the corpus does not make."""


@dataclass
class Count:
    """How one rule fared.

    Args:
        planted, found: labels with evidence, and those that a finding of severity error names.
        doubtful, doubted: labels without, and those that a warning names.
        errors, right_errors: findings of severity error, and those that a label asks for.
        others, right_others: findings of lower severity, likewise.
        fixes, right_fixes: corrections, and those that put everything right.
    """

    planted: int = 0
    found: int = 0
    doubtful: int = 0
    doubted: int = 0
    errors: int = 0
    right_errors: int = 0
    others: int = 0
    right_others: int = 0
    fixes: int = 0
    right_fixes: int = 0

    def add(self, other: "Count") -> None:
        """Add another count to this one."""
        for name in self.__dataclass_fields__:
            setattr(self, name, getattr(self, name) + getattr(other, name))


@dataclass
class Score:
    """How a municipality was judged, and each disagreement in words."""

    rules: dict[str, Count] = field(default_factory=dict)
    disagreements: list[str] = field(default_factory=list)
    postings: int = 0
    seconds: float = 0.0
    accounts: int = 0
    right_accounts: int = 0
    loans: int = 0
    right_debts: int = 0

    def of(self, code: str) -> Count:
        """Return the count of a rule."""
        return self.rules.setdefault(code, Count())

    def add(self, other: "Score") -> None:
        """Add another score to this one."""
        for code, count in other.rules.items():
            self.of(code).add(count)
        self.disagreements += other.disagreements
        for name in ("postings", "seconds", "accounts", "right_accounts", "loans", "right_debts"):
            setattr(self, name, getattr(self, name) + getattr(other, name))

    @property
    def overall(self) -> Count:
        """All rules that exist, together."""
        whole = Count()
        for code, count in self.rules.items():
            if code in RULES:
                whole.add(count)
        return whole


def run(seed: int, postings: int) -> Score:
    """Judge one seed's municipalities."""
    score = Score()
    for town in towns(seed, postings):
        score.add(judge(town))
    return score


def judge(town: Town) -> Score:
    """Play a municipality, and score what is found and corrected."""
    score = Score(postings=town.postings())
    started = time.perf_counter()
    played = play(town)
    found = _found(played)
    score.disagreements += [f"{town.habits.name}: refused: {why}" for why in played.refused]
    missed = _match(score, town, found)
    _debts(score, played, "before")
    _correct(score, played, found, missed)
    score.seconds = time.perf_counter() - started
    return score


def _found(played: Play) -> list[Finding]:
    folio = portfolio(played.journal.read(), played.town.end)
    return [f for f in check(ALL_RULES, folio).open if f.code not in OWN_MATTER]


def names(label: Label, finding: Finding, *, severity: bool = True) -> bool:
    """Tell whether a finding says what a label says."""
    who = finding.loan in label.numbers if label.numbers else not finding.loan
    whose = not finding.debtor or label.debtor == finding.debtor or bool(label.numbers)
    much = label.amount is None or label.amount == finding.amount
    return (
        finding.code == label.code
        and who
        and whose
        and much
        and (not severity or finding.severity == label.severity)
    )


def _match(score: Score, town: Town, found: Sequence[Finding]) -> list[Label]:
    """Pair findings with labels, one to one; return the labels that nothing names."""
    labels = [label for story in town.stories for label in story.labels]
    open_labels = list(labels)
    strays = []
    for finding in found:
        label = next((each for each in open_labels if names(each, finding)), None)
        if label:
            open_labels.remove(label)
        elif _follows(town, finding):
            continue
        else:
            strays.append(finding)
        _count_finding(score.of(finding.code), finding, right=label is not None)
    for label in labels:
        _count_label(score.of(label.code), label, named=label not in open_labels)
    score.disagreements += [_stray(town, each) for each in strays]
    missed = [label for label in open_labels if label.code in RULES]
    score.disagreements += [_missed(town, label) for label in missed]
    return open_labels


def _follows(town: Town, finding: Finding) -> bool:
    """Tell whether a finding follows from what is wrong, though nobody asks for it."""
    stories = [s for s in town.stories if finding.code in s.may]
    return any(_concerns(finding, s.person.debtor, s.balances()) for s in stories)


def _count_finding(count: Count, finding: Finding, *, right: bool) -> None:
    if finding.severity == ERROR:
        count.errors += 1
        count.right_errors += right
    else:
        count.others += 1
        count.right_others += right


def _count_label(count: Count, label: Label, *, named: bool) -> None:
    if label.severity == ERROR:
        count.planted += 1
        count.found += named
    else:
        count.doubtful += 1
        count.doubted += named


def _stray(town: Town, finding: Finding) -> str:
    story = next(
        (s.name for s in town.stories if _concerns(finding, s.person.debtor, s.balances())), "?"
    )
    return (
        f"{town.habits.name}: false: {finding.code} {finding.severity.word} {finding.loan}"
        f" {finding.debtor} {finding.amount} in {story}: {finding.text.en}"
    )


def _concerns(finding: Finding, debtor: str, accounts: Iterable[str]) -> bool:
    by_loan = finding.loan and any(each.endswith(finding.loan) for each in accounts)
    return bool(by_loan) or finding.debtor == debtor


def _missed(town: Town, label: Label) -> str:
    named = " ".join(label.numbers) or label.debtor
    return (
        f"{town.habits.name}: missed: {label.code} severity {label.severity} {named}"
        f" {label.amount} in {label.story}"
    )


def _debts(score: Score, played: Play, when: str) -> None:
    """Hold each loan's debt against the truth."""
    town = played.town
    loans = portfolio(played.journal.read(), town.end).loans
    for story in town.stories:
        for number, owed in story.debts.items():
            moved = story.moved.get(number, NOUGHT) if when == "before" else NOUGHT
            loan, right = loans[number], max(Decimal(owed) + moved, NOUGHT)
            score.loans += 1
            score.right_debts += loan.outstanding == right
            if loan.outstanding != right:
                score.disagreements.append(
                    f"{town.habits.name}: debt {when} corrections: {number} is"
                    f" {loan.outstanding}, should be {right} in {story.name}"
                )


def _correct(
    score: Score,
    played: Play,
    found: Sequence[Finding],
    missed: Sequence[Label],
) -> None:
    """Book every correction that is proposed, and see what the book comes to."""
    town = played.town
    fixed = [finding for finding in found if finding.fix]
    try:
        for made in reclassify(
            played.journal, ALL_RULES, Choice(all=True), played.who("reg", town.end)
        ):
            countersign(played.journal, made.id, played.who("led", town.end))
    except MikroledgerError as error:
        score.disagreements.append(f"{town.habits.name}: correction refused: {error.text.en}")
    left = _found(played)
    _debts(score, played, "after")
    off = _accounts(score, played)
    for finding in fixed:
        why = _not_right(finding, town, left, off, missed)
        score.of(finding.code).fixes += 1
        score.of(finding.code).right_fixes += not why
        if why:
            score.disagreements.append(f"{town.habits.name}: fix of {finding.id} {why}")
    expected = [label for s in town.stories for label in s.labels if not label.fix]
    for finding in left:
        stays = any(names(label, finding, severity=False) for label in expected)
        if not stays and not any(old.id == finding.id for old in found):
            score.disagreements.append(f"after corrections, {_stray(town, finding)}")


def _not_right(
    finding: Finding,
    town: Town,
    left: Sequence[Finding],
    off: Counter[str],
    missed: Sequence[Label],
) -> str:
    """Say why a correction has not put everything right; empty if it has."""
    labels = [label for s in town.stories for label in s.labels if label not in missed]
    if not any(label.fix and names(label, finding) for label in labels):
        return "was not asked for"
    if any(each.loan == finding.loan and each.code == finding.code for each in left):
        return "leaves the finding"
    if any(account.endswith(finding.loan) for account in off):
        return "leaves the loan's account wrong"
    return ""


def _accounts(score: Score, played: Play) -> Counter[str]:
    """Hold each account's balance against the truth; return what is off."""
    town = played.town
    right: Counter[str] = Counter()
    for story in town.stories:
        for account, amount in story.balances().items():
            right[account] += amount  # type: ignore[assignment]  # kroner, not counts
    stands = balances(played)
    off: Counter[str] = Counter()
    for account in sorted({*right, *stands}):
        wanted = Decimal(right.get(account, NOUGHT))
        score.accounts += 1
        score.right_accounts += stands.get(account, NOUGHT) == wanted
        if stands.get(account, NOUGHT) != wanted:
            off[account] = stands.get(account, NOUGHT) - wanted  # type: ignore[assignment]
            score.disagreements.append(
                f"{town.habits.name}: balance: {account} is {stands.get(account, NOUGHT)},"
                f" should be {wanted}{_whose(town, account)}"
            )
    return off


def _whose(town: Town, account: str) -> str:
    owners = [s.name for s in town.stories if any(account.endswith(n) for n in s.debts)]
    return f" in {owners[0]}" if owners else ""
