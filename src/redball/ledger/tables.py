"""The tables, once for both stores. Quantities are 64-bit whole numbers, times microseconds since 1970 (UTC)."""

from __future__ import annotations

from sqlalchemy import (
    BigInteger,
    CheckConstraint,
    Column,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    PrimaryKeyConstraint,
    Table,
    Text,
    UniqueConstraint,
)
from sqlalchemy.sql.schema import SchemaItem

META = MetaData(
    naming_convention={
        "pk": "pk_%(table_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "fk": "fk_%(table_name)s_%(column_0_name)s",
        "ck": "ck_%(table_name)s_%(constraint_name)s",
    }
)
# SQLite's STRICT tables know INTEGER, not BIGINT; it holds 64 bits there.
BIG = BigInteger().with_variant(Integer(), "sqlite")


def _table(name: str, *parts: SchemaItem, rowid: bool = True) -> Table:
    return Table(name, META, *parts, sqlite_strict=True, sqlite_with_rowid=rowid)


def _id() -> Column[int]:
    # numbers are given out under the lock of the head, so that both stores give the same
    return Column("id", BIG, primary_key=True, autoincrement=False)


def _text(name: str, *, unique: bool = False, null: bool = False, default: str | None = None) -> Column[str]:
    return Column(name, Text(), nullable=null, unique=unique, server_default=default)


def _number(name: str, *parts: SchemaItem, null: bool = False, unique: bool = False) -> Column[int]:
    return Column(name, BIG, *parts, nullable=null, unique=unique)


def _one_of(column: str, *words: str) -> CheckConstraint:
    return CheckConstraint(f"{column} IN ({', '.join(repr(word) for word in words)})", name=column)


org = _table(
    "org",
    _id(),
    _text("code", unique=True),
    _text("kind"),
    _one_of("kind", "donor", "recipient", "carrier", "coordinator", "system"),
)
principal = _table(
    "principal",
    _id(),
    _number("org_id", ForeignKey("org.id")),
    _text("issuer"),
    _text("subject"),
    _number("disabled_at", null=True),
    UniqueConstraint("issuer", "subject"),
)
grant_ = _table(
    "grant_",
    _number("principal_id", ForeignKey("principal.id")),
    _number("org_id", ForeignKey("org.id")),
    _text("role"),
    _one_of("role", "reader", "writer", "approver", "coordinator", "auditor", "admin"),
    PrimaryKeyConstraint("principal_id", "org_id", "role"),
)
item = _table(
    "item",
    _id(),
    _text("code", unique=True),
    _text("name", default=""),
    _text("unit"),
    _one_of("unit", "g", "ml", "pc"),
)
unit_factor = _table(
    "unit_factor",
    _number("item_id", ForeignKey("item.id")),
    _text("unit"),
    _number("num"),
    _number("den"),
    CheckConstraint("num > 0 AND den > 0", name="positive"),
    PrimaryKeyConstraint("item_id", "unit"),
)
place = _table("place", _id(), _text("code", unique=True))
leg = _table(
    "leg",
    _id(),
    _text("code", unique=True),
    _number("from_place", ForeignKey("place.id"), null=True),
    _number("to_place", ForeignKey("place.id"), null=True),
)
pledge = _table(
    "pledge",
    _id(),
    _text("code", unique=True),
    _number("org_id", ForeignKey("org.id")),
    _number("item_id", ForeignKey("item.id")),
    _number("place_id", ForeignKey("place.id"), null=True),
    _text("conditions", default=""),
)
shipment = _table(
    "shipment",
    _id(),
    _text("code", unique=True),
    _number("item_id", ForeignKey("item.id")),
    _number("leg_id", ForeignKey("leg.id")),
    _number("from_place", ForeignKey("place.id")),
    _number("to_place", ForeignKey("place.id")),
    _number("depart_at"),
    _number("arrive_at"),
    _number("planned"),
    _number("planned_arriving"),
    _text("plan"),
    CheckConstraint("planned > 0 AND planned_arriving >= 0 AND depart_at < arrive_at", name="sense"),
)
flow = _table(
    "flow",
    _text("verb"),
    _text("book"),
    _text("src_kind"),
    _text("dst_kind"),
    _text("said_by"),
    PrimaryKeyConstraint("verb", "book", "src_kind", "dst_kind"),
)
account = _table(
    "account",
    _id(),
    _text("book"),
    _text("kind"),
    _number("org_id", ForeignKey("org.id")),
    _number("item_id", ForeignKey("item.id")),
    # 0 and '' stand for none: NULLs would not be unique on SQLite
    _number("place_id"),
    _number("leg_id"),
    _number("pledge_id"),
    _text("lot"),
    _number("shipment_id"),
    UniqueConstraint(
        "org_id", "item_id", "book", "kind", "place_id", "leg_id", "pledge_id", "lot", "shipment_id"
    ),
)
document = _table(
    "document",
    _id(),
    _text("sha256", unique=True),
    _text("name"),
    _number("bytes"),
    _number("received_at"),
    _text("by"),
)
import_batch = _table(
    "import_batch",
    _id(),
    _number("document_id", ForeignKey("document.id")),
    _number("at"),
    _text("mapping"),
    _number("rows"),
    _number("posted"),
    _number("replayed"),
    _number("corrected"),
    _number("refused"),
    _number("quarantined"),
    _number("blank"),
)
entry = _table(
    "entry",
    Column("seq", BIG, primary_key=True, autoincrement=False),
    _number("org_id", ForeignKey("org.id")),
    _text("idem"),
    Column("body", LargeBinary(), nullable=False),
    _text("verb"),
    _number("valid_at"),
    _text("valid_precision"),
    _number("recorded_at", unique=True),
    _number("pledge_id", ForeignKey("pledge.id"), null=True),
    _number("due_at", null=True),
    _number("reverses", ForeignKey("entry.seq"), null=True, unique=True),
    _number("corrects", ForeignKey("entry.seq"), null=True),
    Column("target", LargeBinary(), nullable=True),
    _text("by"),
    _text("document"),
    _text("locator"),
    _text("series"),
    _text("as_written"),
    _text("note"),
    Column("hash", LargeBinary(), nullable=False),
    CheckConstraint("length(idem) BETWEEN 1 AND 200", name="idem"),
    _one_of("valid_precision", "second", "day", "month"),
    UniqueConstraint("idem", "org_id"),
    Index("ix_entry_pledge", "pledge_id", "seq"),
    Index("ix_entry_corrects", "corrects"),
)
movement = _table(
    "movement",
    # no foreign keys: the trigger that applies a movement looks at both accounts anyway, and checking them twice
    # costs a fifth of the speed; that every movement has its entry is for `verify` to say
    _number("seq"),
    _number("line"),
    _number("src"),
    _number("dst"),
    _number("qty"),
    _text("verb"),
    _number("valid_at"),
    # the organisations are on the row so that row security needs no join
    _number("src_org"),
    _number("dst_org"),
    CheckConstraint("qty BETWEEN 1 AND 1000000000000", name="qty"),
    CheckConstraint("src <> dst", name="ends"),
    PrimaryKeyConstraint("seq", "line"),
    Index("ix_movement_src", "src", "valid_at", "seq", "qty"),
    Index("ix_movement_dst", "dst", "valid_at", "seq", "qty"),
    Index("ix_movement_valid", "valid_at", "seq", "src", "dst", "qty"),
    rowid=False,
)
balance = _table(
    "balance",
    Column("account_id", BIG, ForeignKey("account.id"), primary_key=True, autoincrement=False),
    _number("bal"),
    _number("floor", null=True),
    _number("ceiling", null=True),
    _number("last_seq"),
    _number("closed_seq", null=True),
    CheckConstraint("floor IS NULL OR bal >= floor", name="floor"),
    CheckConstraint("ceiling IS NULL OR bal <= ceiling", name="ceiling"),
    CheckConstraint("bal BETWEEN -9000000000000000000 AND 9000000000000000000", name="range"),
)
chain_head = _table(
    "chain_head",
    _id(),
    _number("seq"),
    _number("recorded_at"),
    Column("hash", LargeBinary(), nullable=False),
    _number("epoch"),
    CheckConstraint("id = 1", name="one"),
)
anchor = _table(
    "anchor", _id(), _number("seq"), Column("hash", LargeBinary(), nullable=False), _number("at"), _text("by")
)
snapshot_head = _table(
    "snapshot_head",
    Column("seq", BIG, primary_key=True, autoincrement=False),
    # of the entries since the head before
    _number("valid_first"),
    _number("valid_last"),
)
snapshot = _table(
    "snapshot",
    _number("seq", ForeignKey("snapshot_head.seq")),
    _number("account_id", ForeignKey("account.id")),
    _number("bal"),
    PrimaryKeyConstraint("seq", "account_id"),
    rowid=False,
)
quarantine = _table(
    "quarantine",
    _id(),
    _number("org_id", ForeignKey("org.id")),
    _text("idem"),
    Column("body", LargeBinary(), nullable=False),
    _text("draft"),
    _number("like_seq", ForeignKey("entry.seq")),
    _number("at"),
    _text("status"),
    _one_of("status", "open", "released", "dismissed"),
    UniqueConstraint("idem", "org_id"),
)

APPEND_ONLY = (
    "entry",
    "movement",
    "document",
    "account",
    "org",
    "item",
    "unit_factor",
    "place",
    "leg",
    "pledge",
    "shipment",
    "import_batch",
    "anchor",
    "flow",
)
"""Tables whose rows are never changed or deleted; triggers see to it."""
