"""Words that are in no letter: chancery, threats, and what nobody may read over a shoulder.

Being ill, or on a benefit, is confidential (domain/danish-municipal.md 5.3); how to write plainly
is in 7.2 there.
"""

import re
from collections.abc import Mapping
from functools import cache

from mikroledger.words import Language

_PRIVATE: Mapping[Language, str] = {
    "da": r"cpr\w*|personnummer|førtidspension\w*|kontanthjælp\w*|sygedagpenge\w*|revalid\w*|"
    r"ydelse\w*|dagpenge\w*|syg\w*|sygdom\w*|misbrug\w*|sindslid\w*|handicap\w*|ledig\w*|"
    r"fleksjob\w*|arbejdsevne\w*|diagnose\w*|aktivlov\w*",
    "en": r"cpr\w*|(?:social )?benefits?|welfare|pension\w*|disab\w*|ill|illness\w*|sick\w*|"
    r"addict\w*|unemploy\w*|rehabilitation|diagnos\w*|mental\w*",
}
_CHANCERY: Mapping[Language, str] = {
    "da": r"herved|hermed|foranledige\w*|såfremt|endvidere|vedrørende|bedes|anmodes|"
    r"fremsend\w*|ovennævnte|nedenstående|nærværende|jf|pågældende|manglende|skyldner\w*|"
    r"debitor\w*|restance\w*|retslig\w*|inkasso|misligehold\w*|advarsel|straks",
    "en": r"hereby|herewith|pursuant|aforementioned|forthwith|hereinafter|debtors?|defaulted|"
    r"legal action|legal proceedings|warning|failure to|kindly",
}
# The formal you; at the start of a sentence it is a plain word.
_FORMAL = r"(?<=[a-zæøå,] )(?:De|Dem|Deres)\b"
_CPR = r"\d{6}[- ]?\d{4}"


@cache
def forbidden(language: Language) -> re.Pattern[str]:
    """Return what finds a forbidden word, or a CPR number, in a letter of a language."""
    words = rf"\b(?:(?i:{_PRIVATE[language]}|{_CHANCERY[language]})|{_CPR})\b"
    return re.compile(f"{words}|{_FORMAL}" if language == "da" else words)
