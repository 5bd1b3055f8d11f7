"""The journal: beancount text to values and back; lock, append, chain."""
