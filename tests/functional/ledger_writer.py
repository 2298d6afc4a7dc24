"""A writer to be killed: posts one entry after the other and says so once each is confirmed.

Called with: url, prefix, count, file of acknowledgements, level of syncing (FULL, or OFF as a control).
"""

from __future__ import annotations

import os
import sys

from sqlalchemy import event

from redball.ledger.entry import Account, Draft, Line
from redball.ledger.ledger import open_ledger

url, prefix, count, acks, level = sys.argv[1:6]
lines = (
    Line(Account("stock", "world", "Cell", "tent"), Account("stock", "free", "Cell", "tent", "Depot"), 1),
)
told = os.open(acks, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o644)
with open_ledger(url, create=False) as ledger:
    if level != "FULL":
        ledger.store.engine.dispose()
        event.listen(
            ledger.store.engine, "connect", lambda raw, _: raw.execute(f"PRAGMA synchronous={level}")
        )
    for number in range(int(count)):
        ledger.post([Draft("Cell", f"{prefix}-{number}", "receive", 0, lines, by=prefix)])
        os.write(told, f"{prefix}-{number}\n".encode())
