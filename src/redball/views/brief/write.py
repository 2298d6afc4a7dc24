"""Write the brief."""

from __future__ import annotations

import base64
import hashlib
from importlib.resources import files
from pathlib import Path

import jinja2
import polars as pl
from markupsafe import Markup

from redball.core.errors import InputError
from redball.results.plan import Plan
from redball.results.race import Race
from redball.views.brief.content import content
from redball.views.brief.map_view import SYMBOLS
from redball.views.brief.odds import check_race
from redball.views.colours import CLASSES, variables

_HERE = files("redball.views").joinpath("brief")


def write_brief(
    plan: Plan, path: str | Path, forecast: pl.DataFrame | None = None, race: Race | None = None
) -> Path:
    """Write a plan as one HTML file that opens offline, with JavaScript or without, and prints on A4.

    Parameters
    ----------
    plan
        What to show; everything comes from it.
    path
        The file to write.
    forecast
        What ``redball.forecast`` returns; adds to each stock curve when it would run dry if nothing more moved.

    race
        A race of the plan; adds bands to the stock curves, chances to the tables, and the odds by date.

    Returns
    -------
    The file written.

    Raises
    ------
    InputError
        If the file cannot be written, or the race is of another scenario.
    """
    html = brief_html(plan, forecast, race)
    try:
        Path(path).write_text(html, encoding="utf-8", newline="\n")
    except OSError as error:
        raise InputError(
            f"cannot write the brief: {error.strerror}",
            where=str(path),
            remedy="Name a file in a folder that exists.",
        ) from error
    return Path(path)


def brief_html(plan: Plan, forecast: pl.DataFrame | None = None, race: Race | None = None) -> str:
    """Return the brief as HTML; the same plan gives the same bytes."""
    if race is not None:
        check_race(plan, race)
    css = _themes() + _text("brief.css")
    js = _text("brief.js")
    items = plan.scenario.table("items")["supply_class"].to_list()
    places = plan.scenario.table("locations")["location"].to_list()
    environment = jinja2.Environment(
        loader=jinja2.FunctionLoader(_text),
        autoescape=True,
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    return environment.get_template("brief.html.jinja").render(
        c=content(plan, forecast, race),
        css=Markup(css),
        js=Markup(js),
        policy=_policy(css, js),
        version=plan.summary.version,
        days=plan.scenario.settings.days,
        marks=CLASSES,
        symbols=SYMBOLS,
        item_marks=[(key, CLASSES[key].shape) for key in items],
        place_index={location: k for k, location in enumerate(places)},
    )


def _text(name: str) -> str:
    """Return one of the package's own files."""
    return _HERE.joinpath(name).read_text(encoding="utf-8")


def _themes() -> str:
    """Return the colours of both themes as CSS; paper is always light."""
    light, dark = (
        "".join(f"--{name}:{colour};" for name, colour in variables(dark=dark).items())
        for dark in (False, True)
    )
    return (
        f":root{{color-scheme:light;{light}}}\n"
        f"@media screen and (prefers-color-scheme:dark){{:root:not([data-theme=light]){{color-scheme:dark;{dark}}}}}\n"
        f"@media screen{{:root[data-theme=dark]{{color-scheme:dark;{dark}}}}}\n"
    )


def _policy(css: str, js: str) -> str:
    """Return a policy that allows this one style and this one script, and no connection at all."""
    style, script = (base64.b64encode(hashlib.sha256(text.encode()).digest()).decode() for text in (css, js))
    return (
        f"default-src 'none'; style-src 'sha256-{style}'; script-src 'sha256-{script}'; "
        "base-uri 'none'; form-action 'none'"
    )
