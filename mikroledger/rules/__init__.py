"""The rules, one judgement each with its manual; findings.md is the catalogue."""

from mikroledger.domain.rule import Rule
from mikroledger.rules.ml001_acceptance_without_reason import acceptance_without_reason
from mikroledger.rules.ml002_acceptance_unused import acceptance_unused
from mikroledger.rules.ml101_loan_as_grant import loan_as_grant
from mikroledger.rules.ml102_grant_as_loan import grant_as_loan
from mikroledger.rules.ml103_loan_as_subsistence import loan_as_subsistence
from mikroledger.rules.ml104_subsistence_as_loan import subsistence_as_loan
from mikroledger.rules.ml105_refund_claimed_on_loan import refund_claimed_on_loan
from mikroledger.rules.ml106_payout_without_booking import payout_without_booking
from mikroledger.rules.ml107_repayment_as_income import repayment_as_income
from mikroledger.rules.ml108_repayment_on_wrong_loan import repayment_on_wrong_loan
from mikroledger.rules.ml109_sign_turned import sign_turned
from mikroledger.rules.ml110_wrong_account_string import wrong_account_string
from mikroledger.rules.ml111_split_booking import split_booking
from mikroledger.rules.ml112_claim_born_overdue import claim_born_overdue
from mikroledger.rules.ml113_half_correction import half_correction
from mikroledger.rules.ml201_paid_twice import paid_twice
from mikroledger.rules.ml202_paid_beyond_decision import paid_beyond_decision
from mikroledger.rules.ml203_paid_before_decision import paid_before_decision
from mikroledger.rules.ml204_outside_usual_range import outside_usual_range
from mikroledger.rules.ml205_payout_unconfirmed import payout_unconfirmed
from mikroledger.rules.ml206_payout_returned import payout_returned
from mikroledger.rules.ml207_payout_promise_broken import payout_promise_broken
from mikroledger.rules.ml208_payee_differs import payee_differs
from mikroledger.rules.ml209_payment_unplaced import payment_unplaced
from mikroledger.rules.ml301_overpaid import overpaid
from mikroledger.rules.ml302_repaid_before_payout import repaid_before_payout
from mikroledger.rules.ml303_suspense_ages import suspense_ages
from mikroledger.rules.ml304_repayment_twice import repayment_twice
from mikroledger.rules.ml305_plan_disagrees import plan_disagrees
from mikroledger.rules.ml306_deferral_ending import deferral_ending
from mikroledger.rules.ml307_limitation_near import limitation_near
from mikroledger.rules.ml308_benefit_period_ending import benefit_period_ending
from mikroledger.rules.ml401_letter_on_payout_day import letter_on_payout_day
from mikroledger.rules.ml402_letter_while_held import letter_while_held
from mikroledger.rules.ml403_letter_undelivered import letter_undelivered
from mikroledger.rules.ml404_certificate_broken import certificate_broken
from mikroledger.rules.ml501_control_total_differs import control_total_differs
from mikroledger.rules.ml502_personal_data_in_ledger import personal_data_in_ledger
from mikroledger.rules.ml503_not_countersigned import not_countersigned
from mikroledger.rules.ml504_history_changed import history_changed
from mikroledger.rules.ml505_posting_in_closed_period import posting_in_closed_period
from mikroledger.rules.ml506_unknown_loan import unknown_loan
from mikroledger.rules.ml507_corrected_twice import corrected_twice
from mikroledger.rules.ml508_duplicate_id import duplicate_id
from mikroledger.rules.ml509_correction_not_in_erp import correction_not_in_erp

ALL_RULES: tuple[Rule, ...] = (
    acceptance_without_reason,
    acceptance_unused,
    loan_as_grant,
    grant_as_loan,
    loan_as_subsistence,
    subsistence_as_loan,
    refund_claimed_on_loan,
    payout_without_booking,
    repayment_as_income,
    repayment_on_wrong_loan,
    sign_turned,
    wrong_account_string,
    split_booking,
    claim_born_overdue,
    half_correction,
    paid_twice,
    paid_beyond_decision,
    paid_before_decision,
    outside_usual_range,
    payout_unconfirmed,
    payout_returned,
    payout_promise_broken,
    payee_differs,
    payment_unplaced,
    overpaid,
    repaid_before_payout,
    suspense_ages,
    repayment_twice,
    plan_disagrees,
    deferral_ending,
    limitation_near,
    benefit_period_ending,
    letter_on_payout_day,
    letter_while_held,
    letter_undelivered,
    certificate_broken,
    control_total_differs,
    personal_data_in_ledger,
    not_countersigned,
    history_changed,
    posting_in_closed_period,
    unknown_loan,
    corrected_twice,
    duplicate_id,
    correction_not_in_erp,
)
