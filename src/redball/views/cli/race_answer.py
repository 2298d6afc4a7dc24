"""What a race or a sweep says on a screen: numbers first, each with its interval."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import polars as pl
from rich.console import Console
from rich.text import Text

from redball.core.wording import NOTHING, count, day, duration, number, percent
from redball.results.race import Race
from redball.views.cli.answer import ROWS_SHOWN
from redball.views.cli.screen import printable, rows_table

INTERVALS = "In brackets: 95 % intervals."
MEASURES = {
    "shortage_days": "Shortage-days",
    "weighted_shortage_days": "Shortage-days, weighted",
    "fill_rate": "Fill rate",
    "stock_out": "Chance of a stock-out",
    "need_met": "Chance that a need is met",
}
SHARES = ("fill_rate", "stock_out", "need_met")


def between(low: str, high: str) -> str:
    """Say an interval.

    >>> between("11 %", "13 %")
    '(11 % to 13 %)'
    """
    return f"({low} to {high})"


def odds(row: dict[str, float], name: str, low: str = "low", high: str = "high") -> str:
    """Say a chance with its interval.

    >>> odds({"chance": 0.12, "low": 0.11, "high": 0.13}, "chance")
    '12 % (11 % to 13 %)'
    """
    return f"{percent(row[name])} {between(percent(row[low]), percent(row[high]))}"


def show_race(race: Race, plan_dir: Path | None, folder: Path, target: Console) -> None:
    """Write the whole answer."""
    settings, told = race.scenario.settings, race.summary
    head = f"{settings.name}: {count(settings.days, 'day')} from {day(settings.start)}"
    target.print(Text(f"{printable(head)}, {count(told.replications, 'future')}", style="bold"))
    shortage = [
        f"{number(getattr(told, name))}"
        f" {between(number(getattr(told, f'{name}_low')), number(getattr(told, f'{name}_high')))}"
        for name in ("shortage_days", "weighted_shortage_days")
    ]
    shares = {
        name: odds(vars(told), name, f"{name}_low", f"{name}_high") for name in ("fill_rate", "service_level")
    }
    target.print(
        "\n".join(
            (
                f"Shortage    {shortage[0]} shortage-days on average; weighted by priority {shortage[1]}",
                f"Fill rate   {shares['fill_rate']} of consumption is served",
                f"Service     {shares['service_level']} of futures have no stock-out at all",
                f"Work        policy {told.policy}, seed {told.parameters.get('seed', NOTHING)}, widest interval of a"
                f" stock-out chance {percent(told.width)}, {duration(sum(told.seconds.values()))}",
            )
        ),
        soft_wrap=True,
    )
    show_odds(race, target)
    show_pledges(race, target)
    target.print(INTERVALS)
    target.print()
    told_next = f" Next: redball brief {plan_dir} --race {folder}" if plan_dir else ""
    target.print(f"Kept in {folder}.{told_next}", soft_wrap=True)


def show_odds(race: Race, target: Console) -> None:
    """Write what is the likeliest to run out, and by when."""
    likely = race.service.filter(pl.col("service_level") < 1)
    if not likely.height:
        target.print("Nothing ran out in any future.")
        return
    rows = likely.sort("service_level", "fill_rate", "location", "item").head(ROWS_SHOWN)
    rows_table(
        target,
        ("Location", "Item", "Chance of a stock-out", "Early: 5 %", "Half by", "Fill rate"),
        [
            [
                row["location"],
                row["item"],
                f"{percent(1 - row['service_level'])}"
                f" {between(percent(1 - row['service_high']), percent(1 - row['service_low']))}",
                day(row["date_q05"]),
                day(row["date_q50"]),
                odds(row, "fill_rate", "fill_low", "fill_high"),
            ]
            for row in rows.iter_rows(named=True)
        ],
        title="The likeliest to run out",
    )
    if likely.height > ROWS_SHOWN:
        target.print(f"... and {likely.height - ROWS_SHOWN} more; the table service has all.")


def show_pledges(race: Race, target: Console) -> None:
    """Write which pledges are the least sure to come in time."""
    unsure = race.pledges.filter(pl.col("in_time") < 1)
    if not unsure.height:
        return
    rows = unsure.sort("in_time", "comes", "pledge").head(ROWS_SHOWN)
    rows_table(
        target,
        ("Pledge", "In time", "Within the days planned", "Days late"),
        [
            [
                row["pledge"],
                odds(row, "in_time", "in_time_low", "in_time_high"),
                odds(row, "comes", "comes_low", "comes_high"),
                f"{number(row['days_late_mean'])}"
                f" {between(number(row['days_late_low']), number(row['days_late_high']))}",
            ]
            for row in rows.iter_rows(named=True)
        ],
        title="Pledges that may come late or not at all",
    )


def show_differences(differences: pl.DataFrame, against: Path, target: Console) -> None:
    """Write what differs from another race, and what of it may be chance."""
    rows = []
    for row in differences.filter(pl.col("difference") != 0).iter_rows(named=True):
        say = percent if row["measure"] in SHARES else number
        rows.append(
            [
                MEASURES.get(row["measure"], row["measure"]),
                " / ".join(part for part in (row["location"], row["item"], row["need"]) if part) or "all",
                *(say(row[name]) for name in ("here", "there", "difference")),
                between(say(row["low"]), say(row["high"])),
                "may be chance" if row["low"] <= 0 <= row["high"] else "",
            ]
        )
    if not rows:
        target.print(f"No difference from {against}.", soft_wrap=True)
        return
    rows_table(
        target,
        ("Measure", "Of", "Here", "There", "Difference", "95 % interval", ""),
        rows,
        title=f"Against {against}, in the same futures",
        right=("Here", "There", "Difference"),
    )


def show_sweep(table: pl.DataFrame, target: Console) -> None:
    """Write a row for each variant, with what was asked."""
    asked: dict[str, tuple[str, Callable[[dict[str, Any]], str]]] = {
        "Plan: shortage-days": ("plan_shortage_days", lambda row: number(row["plan_shortage_days"])),
        "Gap": ("plan_gap", lambda row: percent(row["plan_gap"])),
        "Race: shortage-days": ("race_shortage_days", lambda row: _ends(row, "race_shortage_days")),
        "Difference": ("race_difference", lambda row: _ends(row, "race_difference")),
        "Fill rate": (
            "race_fill_rate",
            lambda row: odds(row, "race_fill_rate", "race_fill_rate_low", "race_fill_rate_high"),
        ),
        "No stock-out": (
            "race_service_level",
            lambda row: odds(row, "race_service_level", "race_service_level_low", "race_service_level_high"),
        ),
        "Dry": ("forecast_dry", lambda row: number(row["forecast_dry"])),
        "First dry": ("forecast_first_dry", lambda row: day(row["forecast_first_dry"])),
    }
    shown = {head: say for head, (column, say) in asked.items() if table[column].null_count() < table.height}
    rows_table(
        target,
        ("Variant", *shown),
        [[row["variant"], *(say(row) for say in shown.values())] for row in table.iter_rows(named=True)],
    )


def _ends(row: dict[str, float | None], name: str) -> str:
    if row[name] is None:
        return NOTHING
    return f"{number(row[name])} {between(number(row[f'{name}_low']), number(row[f'{name}_high']))}"
