"""The fixtures of the ledger's tests."""

from tests.unit.ledger.stores import clock, ledger, one, stores

__all__ = ["clock", "ledger", "one", "stores"]
