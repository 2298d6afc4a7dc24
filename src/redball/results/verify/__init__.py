"""The rules of the semantics, re-derived from the tables of a plan (§8.2). Shares no code with any engine."""

from redball.results.verify.breach import Breach
from redball.results.verify.check import verify

__all__ = ["Breach", "verify"]
