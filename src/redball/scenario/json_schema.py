"""The tables and settings as a JSON Schema, for programs that make scenarios."""

from __future__ import annotations

from typing import Any

from redball.scenario.columns import Column, Table
from redball.scenario.schema import TABLES
from redball.scenario.settings import Settings

DIALECT = "https://json-schema.org/draft/2020-12/schema"


def json_schema() -> dict[str, Any]:
    """Return the schema of a scenario: its settings, and for each table a list of rows."""
    settings = Settings.model_json_schema()
    return {
        "$schema": DIALECT,
        "title": "Redball scenario",
        "type": "object",
        "additionalProperties": False,
        "required": ["settings", *(table.name for table in TABLES if table.required)],
        "properties": {"settings": without_definitions(settings)}
        | {table.name: rows(table) for table in TABLES},
        "$defs": settings.get("$defs", {}),
    }


def without_definitions(schema: dict[str, Any]) -> dict[str, Any]:
    """Return a schema whose definitions stand elsewhere."""
    return {key: value for key, value in schema.items() if key != "$defs"}


def rows(table: Table) -> dict[str, Any]:
    """Return the schema of a table."""
    return {
        "description": table.meaning,
        "type": "array",
        "minItems": int(table.required),
        "items": {
            "type": "object",
            "required": [column.name for column in table.columns if column.required],
            "properties": {column.name: cell(column) for column in table.columns},
            "patternProperties": {"^_": {}},
            "additionalProperties": False,
        },
    }


def cell(column: Column) -> dict[str, Any]:
    """Return the schema of a cell; a blank is null."""
    kind = {"number": "number", "flag": "boolean"}.get(column.kind, "string")
    about: dict[str, Any] = {"type": kind if column.required else [kind, "null"]}
    if column.meaning:
        about["description"] = column.meaning
    if column.kind == "date":
        about["format"] = "date"
    if column.choices:
        about["enum"] = [*column.choices] if column.required else [*column.choices, None]
    if column.low is not None:
        about["exclusiveMinimum" if column.low_open else "minimum"] = column.low
    if column.high is not None:
        about["maximum"] = column.high
    if column.unit:
        about["x-unit"] = column.unit
    if column.table:
        about["x-references"] = column.table
    if not column.required:
        about["x-blank"] = column.default
    return about
