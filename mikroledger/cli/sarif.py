"""Findings as SARIF 2.1.0, the form in which editors and code hosts take them (OASIS, 2020)."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from mikroledger import __version__
from mikroledger.cli.manuals import said_in
from mikroledger.domain.finding import Finding, Findings, Severity
from mikroledger.domain.rule import Rule
from mikroledger.words import Language

_SCHEMA = (
    "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json"
)
_LEVEL = {Severity.ERROR: "error", Severity.WARNING: "warning", Severity.NOTE: "note"}
_TAG = {"da": "da-DK", "en": "en-US"}


def sarif(rules: Sequence[Rule], found: Findings, language: Language) -> dict[str, Any]:
    """Return findings as a SARIF log; what was accepted is in it, and marked as suppressed."""
    places = {rule.code: place for place, rule in enumerate(rules)}
    results = [_result(f, places, language) for f in found.open]
    accepted = {"kind": "external", "status": "accepted"}
    results += [_result(f, places, language) | {"suppressions": [accepted]} for f in found.ignored]
    driver = {
        "name": "mikroledger",
        "version": __version__,
        "language": _TAG[language],
        "rules": [_rule(rule, language) for rule in rules],
    }
    run = {"tool": {"driver": driver}, "columnKind": "unicodeCodePoints", "results": results}
    return {"$schema": _SCHEMA, "version": "2.1.0", "runs": [run]}


def _rule(rule: Rule, language: Language) -> dict[str, Any]:
    text = said_in(rule, language)
    return {
        "id": rule.code,
        "name": "".join(word.capitalize() for word in rule.name.split("-")),
        "shortDescription": {"text": rule.title},
        "fullDescription": {"text": text.partition("\n\n")[0]},
        "help": {"text": text, "markdown": text},
        "defaultConfiguration": {"level": _LEVEL[rule.severity]},
    }


def _result(finding: Finding, places: dict[str, int], language: Language) -> dict[str, Any]:
    named = f"{finding.id} {finding.loan}".strip()
    return {
        "ruleId": finding.code,
        "ruleIndex": places[finding.code],
        "level": _LEVEL[finding.severity],
        "message": {"text": f"{named}: {finding.text.say(language)}"},
        "locations": _locations(finding),
        "partialFingerprints": {"mikroledgerFinding/v1": finding.id},
    }


def _locations(finding: Finding) -> list[dict[str, Any]]:
    """Return file and line as bean-check tells them; none where a finding has no file."""
    file, line = finding.place
    if not file:
        return []
    path = Path(file)
    where: dict[str, Any] = {
        "artifactLocation": {"uri": path.as_uri() if path.is_absolute() else path.as_posix()},
    }
    if line > 0:
        where["region"] = {"startLine": line}
    return [{"physicalLocation": where}]
