"""Reads and writes ``scenario.toml``."""

from __future__ import annotations

import json
import re
import tomllib
from typing import Any

from pydantic import BaseModel

from redball.scenario.fault_log import FaultLog, nearest
from redball.scenario.raw import RawSetting
from redball.scenario.settings import SECTIONS, Settings, path_of, section_of, setting_paths


def parse_toml(data: bytes, place: str, log: FaultLog) -> dict[str, RawSetting] | None:
    """Return the settings by name, or none where the file is not TOML."""
    try:
        found: dict[str, Any] = tomllib.loads(data.decode("utf-8-sig"))
    except UnicodeDecodeError:
        log.add("encoding", place, "is not UTF-8", "Save it as UTF-8.")
        return None
    except RecursionError:
        log.add("settings-syntax", place, "is nested too deeply")
        return None
    except ValueError as error:  # tomllib's own error, or a number of thousands of digits
        line = re.search(r"line (\d+)", str(error))
        row = int(line[1]) if line else None
        remedy = 'Write such as: name = "text", start = 2027-01-31, days = 180.'
        log.add(
            "settings-syntax",
            place,
            "is not valid TOML here" if row else "is not valid TOML",
            remedy,
            row=row,
        )
        return None
    settings: dict[str, RawSetting] = {}
    for section, values in found.items():
        if section not in SECTIONS or not isinstance(values, dict):
            stand = " or ".join(f"[{known}]" for known in SECTIONS)
            hint = nearest(section, SECTIONS) or f"Settings stand below {stand}."
            log.add("unknown-setting", place, f"{section!r} is not a section.", hint, column=section)
            continue
        for name, value in values.items():
            settings[path_of(section, name)] = RawSetting(value)
    return settings


def toml_text(settings: Settings, comments: bool = False) -> str:
    """Return the settings as TOML, with what each means where `comments` is set."""
    lines: list[str] = []
    for section, name in setting_paths():
        if f"[{section}]" not in lines:
            lines += [*([""] if lines else []), f"[{section}]"]
        lines.append(line(section_of(settings, section), name, comments))
    return "\n".join([*lines, ""])


def line(model: BaseModel, name: str, comments: bool) -> str:
    """Return one setting as a line of TOML."""
    value = getattr(model, name)
    if isinstance(value, str):
        # JSON's escapes are TOML's, but for the one character that JSON leaves as it is
        text = json.dumps(value, ensure_ascii=False).replace("\x7f", "\\u007f")
    elif isinstance(value, tuple):
        text = "[" + ", ".join(number_text(part) for part in value) + "]"
    elif isinstance(value, int | float):
        text = number_text(value)
    else:
        text = value.isoformat()
    text = f"{name} = {text}"
    description = type(model).model_fields[name].description
    return f"{text}  # {description}" if comments and description else text


def number_text(number: float) -> str:
    """Return the shortest text of a number that reads back as the same.

    >>> number_text(100.0), number_text(0.002)
    ('100', '0.002')
    """
    number = float(number)
    return str(int(number)) if number.is_integer() and abs(number) < 1e15 else repr(number)
