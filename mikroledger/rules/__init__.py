"""The rules, one judgement each with its manual; findings.md is the catalogue."""

from mikroledger.domain.rule import Rule
from mikroledger.rules.ml101_loan_as_grant import loan_as_grant
from mikroledger.rules.ml102_grant_as_loan import grant_as_loan
from mikroledger.rules.ml103_loan_as_subsistence import loan_as_subsistence
from mikroledger.rules.ml104_subsistence_as_loan import subsistence_as_loan
from mikroledger.rules.ml105_refund_claimed_on_loan import refund_claimed_on_loan
from mikroledger.rules.ml106_payout_without_booking import payout_without_booking
from mikroledger.rules.ml107_repayment_as_income import repayment_as_income
from mikroledger.rules.ml109_sign_turned import sign_turned
from mikroledger.rules.ml111_split_booking import split_booking
from mikroledger.rules.ml112_claim_born_overdue import claim_born_overdue
from mikroledger.rules.ml113_half_correction import half_correction
from mikroledger.rules.ml201_paid_twice import paid_twice
from mikroledger.rules.ml202_paid_beyond_decision import paid_beyond_decision
from mikroledger.rules.ml203_paid_before_decision import paid_before_decision
from mikroledger.rules.ml209_payment_unplaced import payment_unplaced
from mikroledger.rules.ml301_overpaid import overpaid
from mikroledger.rules.ml302_repaid_before_payout import repaid_before_payout
from mikroledger.rules.ml304_repayment_twice import repayment_twice
from mikroledger.rules.ml401_letter_on_payout_day import letter_on_payout_day
from mikroledger.rules.ml502_personal_data_in_ledger import personal_data_in_ledger
from mikroledger.rules.ml503_not_countersigned import not_countersigned
from mikroledger.rules.ml507_corrected_twice import corrected_twice

ALL_RULES: tuple[Rule, ...] = (
    loan_as_grant,
    grant_as_loan,
    loan_as_subsistence,
    subsistence_as_loan,
    refund_claimed_on_loan,
    payout_without_booking,
    repayment_as_income,
    sign_turned,
    split_booking,
    claim_born_overdue,
    half_correction,
    paid_twice,
    paid_beyond_decision,
    paid_before_decision,
    payment_unplaced,
    overpaid,
    repaid_before_payout,
    repayment_twice,
    letter_on_payout_day,
    personal_data_in_ledger,
    not_countersigned,
    corrected_twice,
)
