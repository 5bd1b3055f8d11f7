"""The journal: beancount text to values and back; lock, append, chain."""

from mikroledger.journal.file import FileJournal, create
from mikroledger.journal.layout import settings_digest
from mikroledger.journal.outbox import FileOutbox

__all__ = ["FileJournal", "FileOutbox", "create", "settings_digest"]
