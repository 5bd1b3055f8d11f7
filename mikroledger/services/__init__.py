"""One verb each: an order in, entries or a refusal out. Pure: no click, no files, no clock."""
