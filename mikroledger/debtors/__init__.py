"""The register of borrowers, and their CPR and CVR numbers."""

from mikroledger.debtors.cpr import Number, birth_date, mask, read_cpr, read_cvr
from mikroledger.debtors.register import Debtor, Register

__all__ = ["Debtor", "Number", "Register", "birth_date", "mask", "read_cpr", "read_cvr"]
