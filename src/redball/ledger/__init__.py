"""The record of what was promised and what moved: double entry, append only, two times on every fact.

This is the only layer that talks to a database. Start at `redball.ledger.ledger.open_ledger`.
"""
