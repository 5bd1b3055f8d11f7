"""The letters: a cleared case and an addressee in, a PDF out. Never the ledger.

The text is the municipality's own Markdown; the layout is one Typst file that is handed data
and never text to read as markup. What is missing stops the letter: no gap is ever printed.
"""

from mikroledger.domain.gate import Cleared
from mikroledger.domain.letter import Addressee, Content, ReminderLetter, Sender
from mikroledger.letters import sheets
from mikroledger.letters.press import Job, Press, Printed
from mikroledger.letters.readability import lix
from mikroledger.words import Language

__all__ = ["Job", "Press", "Printed", "lix", "preview", "reminder", "render"]


def reminder(
    press: Press, cleared: Cleared, to: Addressee, sender: Sender, language: Language
) -> Job:
    """Have a reminder printed. There is no other way to make one.

    Raises:
        RefusedError: a word or a sign is missing; the job's result may raise it too.
    """
    letter = ReminderLetter(
        loan=cleared.loan,
        on=cleared.as_of,
        level=cleared.level,
        arrears=cleared.arrears,
        outstanding=cleared.outstanding,
        instalments=cleared.instalments,
        pay_by=cleared.pay_by,
        deadline=cleared.deadline,
        decision=cleared.decision,
        fee=cleared.fee,
    )
    return press.start(sheets.of(letter, to, sender, language), language)


def render(
    press: Press,
    content_: Content,
    to: Addressee | None,
    sender: Sender,
    language: Language,
) -> Job:
    """Have a letter printed that asks nobody for money that is late, or an internal voucher.

    Raises:
        RefusedError: a word or a sign is missing; the job's result may raise it too.
    """
    assert not isinstance(content_, ReminderLetter), "a reminder is made by `reminder` alone"
    return press.start(sheets.of(content_, to, sender, language), language)


def preview(
    press: Press,
    content_: Content | ReminderLetter,
    to: Addressee | None,
    sender: Sender,
    language: Language,
) -> Printed:
    """Print any letter as a draft: each page says across it that it is not to be sent.

    Raises:
        RefusedError: a word, a template or a sign is missing; nothing was made.
    """
    return press.print(sheets.of(content_, to, sender, language), language, draft=True)
