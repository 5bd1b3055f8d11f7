"""The facts: what a loan, a payment, a plan and a reminder are. Pure values, no files, no clock."""
