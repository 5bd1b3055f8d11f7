"""The facts: loans, payments, plans and reminders. Pure values: no files, no clock."""
