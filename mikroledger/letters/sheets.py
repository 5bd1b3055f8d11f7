"""From what a letter holds to its sheet, whoever asks."""

from mikroledger.domain.letter import Addressee, Content, ReminderLetter, Sender, Voucher
from mikroledger.letters import content
from mikroledger.letters.sheet import Sheet, Writer
from mikroledger.letters.voucher import voucher
from mikroledger.words import Language


def of(
    letter: Content | ReminderLetter, to: Addressee | None, sender: Sender, language: Language
) -> Sheet:
    """Return the sheet of a letter or of an internal voucher.

    Raises:
        RefusedError: something in it is missing.
    """
    if isinstance(letter, Voucher):
        assert to is None, "a voucher is internal"
        return voucher(letter, sender, language)
    assert to is not None, "a letter has an addressee"
    by = Writer(to, sender, language)
    if isinstance(letter, ReminderLetter):
        return content.reminder(letter, by)
    return content.sheet(letter, by)
