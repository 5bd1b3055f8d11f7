"""What codes are called by people: the state of a loan, the kind of an entry, and so on."""

from collections.abc import Mapping

from mikroledger.words import Text

STATES: Mapping[str, str] = {
    "approved": "bevilget",
    "active": "i gang",
    "deferred": "henstand",
    "repaid": "betalt",
    "overpaid": "betalt for meget",
}
KINDS: Mapping[str, str] = {
    "decision": "bevilling",
    "proposal": "forslag",
    "declined": "afvist",
    "disburse": "udbetaling",
    "repay": "afdrag",
    "bank": "banklinje",
    "erp": "økonomisystem",
    "confirm": "bekræftet",
    "tied": "knyttet til bevilling",
    "unplaced": "uafklaret",
    "notice": "advisering",
    "move": "flytning",
    "reclassify": "ompostering",
    "reverse": "tilbageført",
    "hold": "stop",
    "resume": "stop ophævet",
    "plan": "ny plan",
    "letter": "brev",
    "explained": "forklaret",
}
FLOWS: Mapping[str, str] = {"out": "ud", "in": "ind", "refund": "refusion"}
DECIDED: Mapping[str, str] = {
    "loan": "lån",
    "grant": "tilskud",
    "subsistence": "forsørgelse",
}


def label(names: Mapping[str, str], code: str) -> Text:
    """Return what a code is called; in English it is the code itself.

    >>> label(STATES, "repaid").da
    'betalt'
    """
    return Text(names.get(code, code), code)
