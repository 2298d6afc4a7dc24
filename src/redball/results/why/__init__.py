"""Why something runs short, and what one more of each limit is worth, in plain words."""

from redball.results.why.cause import Cause
from redball.results.why.chain import causes
from redball.results.why.worth import worth

__all__ = ["Cause", "causes", "worth"]
