"""Read documents from outside: bank statements and ERP posting lists, to values.

Nothing here knows a loan or the book. A row that cannot be read is told with its line; only
a file that is no such document at all raises. A new ERP or bank is a column map, no code.
"""

from mikroledger.importers.document import read, read_bytes

__all__ = ["read", "read_bytes"]
