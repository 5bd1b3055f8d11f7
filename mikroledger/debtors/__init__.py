"""The register of borrowers, their CPR and CVR numbers, and what their banks write."""

from mikroledger.debtors.cpr import Number, birth_date, mask, read_cpr, read_cvr
from mikroledger.debtors.payers import Payer, Payers, payer_of, plain
from mikroledger.debtors.register import Debtor, Register

__all__ = [
    "Debtor",
    "Number",
    "Payer",
    "Payers",
    "Register",
    "birth_date",
    "mask",
    "payer_of",
    "plain",
    "read_cpr",
    "read_cvr",
]
