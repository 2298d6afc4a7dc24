"""What a race or a sweep says on a screen: numbers first, each with its interval."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import polars as pl
from rich.console import Console
from rich.text import Text

from redball.core.wording import NOTHING, count, day, duration, number, percent, spread
from redball.results.race import Race
from redball.views.cli.answer import ROWS_SHOWN
from redball.views.cli.screen import printable, rows_table

INTERVALS = "In brackets: 95 % intervals."
MEASURES = {
    "shortage_days": "Shortage-days",
    "weighted_shortage_days": "Shortage-days, weighted",
    "fill_rate": "Fill rate",
    "stock_out": "Chance of a shortage",
    "need_met": "Chance that a need is met",
}
SHARES = ("fill_rate", "stock_out", "need_met")


def told(say: Callable[[float | None], str], row: Mapping[str, Any], name: str) -> str:
    """Say what a row holds under a name, with its interval.

    >>> told(percent, {"fill": 0.12, "fill_low": 0.11, "fill_high": 0.13}, "fill")
    '12 % (11 % to 13 %)'
    """
    return spread(say, row[name], row[f"{name}_low"], row[f"{name}_high"])


def show_race(race: Race, plan_dir: Path | None, folder: Path, target: Console) -> None:
    """Write the whole answer."""
    settings, summary = race.scenario.settings, race.summary
    head = f"{settings.name}: {count(settings.days, 'day')} from {day(settings.start)}"
    target.print(Text(f"{printable(head)}, {count(summary.replications, 'future')}", style="bold"))
    row = vars(summary)
    target.print(
        "\n".join(
            (
                f"Shortage    {told(number, row, 'shortage_days')} shortage-days on average;"
                f" weighted by priority {told(number, row, 'weighted_shortage_days')}",
                f"Fill rate   {told(percent, row, 'fill_rate')} of consumption is served",
                f"Service     {told(percent, row, 'service_level')} of futures have no shortage at all",
                f"Work        policy {summary.policy}, seed {summary.parameters.get('seed', NOTHING)}, widest interval"
                f" of a chance {percent(summary.width)}, {duration(sum(summary.seconds.values()))}",
            )
        ),
        soft_wrap=True,
    )
    show_odds(race, target)
    show_pledges(race, target)
    target.print(INTERVALS)
    target.print()
    next_command = f" Next: redball brief {plan_dir} --race {folder}" if plan_dir else ""
    target.print(f"Kept in {folder}.{next_command}", soft_wrap=True)


def show_odds(race: Race, target: Console) -> None:
    """Write what is the likeliest to run out, and by when."""
    likely = race.service.filter(pl.col("service_level") < 1)
    if not likely.height:
        target.print("Nothing ran short in any future.")
        return
    rows = likely.sort("service_level", "fill_rate", "location", "item").head(ROWS_SHOWN)
    rows_table(
        target,
        ("Location", "Item", "Chance of a shortage", "1 in 20 by", "Half by", "Fill rate"),
        [
            [
                row["location"],
                row["item"],
                spread(percent, *(1 - row[f"service_{end}"] for end in ("level", "high", "low"))),
                day(row["date_q05"]),
                day(row["date_q50"]),
                spread(percent, row["fill_rate"], row["fill_low"], row["fill_high"]),
            ]
            for row in rows.iter_rows(named=True)
        ],
        title="The likeliest to run short",
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
                told(percent, row, "in_time"),
                told(percent, row, "comes"),
                spread(number, *(row[f"days_late_{end}"] for end in ("mean", "low", "high"))),
            ]
            for row in rows.iter_rows(named=True)
        ],
        title="Pledges that may come late or not at all",
    )


def show_differences(differences: pl.DataFrame, against: Path, target: Console) -> None:
    """Write what differs from another race, over all and where it differs most, and what of it may be chance."""
    differ = differences.filter(pl.col("difference") != 0)
    if not differ.height:
        target.print(f"No difference from {against}.", soft_wrap=True)
        return
    over_all = pl.all_horizontal(pl.col("location", "item", "need").is_null())
    most = differ.filter(~over_all).sort(pl.col("difference").abs(), descending=True, maintain_order=True)
    rows_table(
        target,
        ("Measure", "Of", "Here", "There", "Difference", "95 % interval", ""),
        [
            _difference(row)
            for row in pl.concat([differ.filter(over_all), most.head(ROWS_SHOWN)]).iter_rows(named=True)
        ],
        title=f"Against {against}, in the same futures",
        right=("Here", "There", "Difference"),
    )
    if most.height > ROWS_SHOWN:
        target.print(f"... and {most.height - ROWS_SHOWN} more; --json lists all.")


def _difference(row: dict[str, Any]) -> list[str]:
    share = row["measure"] in SHARES
    change, low, high = (
        number(100 * row[name], 2) if share else number(row[name]) for name in ("difference", "low", "high")
    )
    return [
        MEASURES.get(row["measure"], row["measure"]),
        " / ".join(part for part in (row["location"], row["item"], row["need"]) if part) or "all",
        *((percent if share else number)(row[name]) for name in ("here", "there")),
        f"{change} points" if share else change,
        f"{low} to {high}",
        "may be chance" if row["low"] <= 0 <= row["high"] else "",
    ]


def show_sweep(table: pl.DataFrame, target: Console) -> None:
    """Write a row for each variant, with what was asked."""
    asked: dict[str, tuple[str, Callable[[dict[str, Any]], str]]] = {
        "Plan: shortage-days": ("plan_shortage_days", lambda row: number(row["plan_shortage_days"])),
        "Gap": ("plan_gap", lambda row: percent(row["plan_gap"])),
        "Race: shortage-days": ("race_shortage_days", lambda row: told(number, row, "race_shortage_days")),
        "Difference": ("race_difference", lambda row: told(number, row, "race_difference")),
        "Fill rate": ("race_fill_rate", lambda row: told(percent, row, "race_fill_rate")),
        "No shortage": ("race_service_level", lambda row: told(percent, row, "race_service_level")),
        "Dry": ("forecast_dry", lambda row: number(row["forecast_dry"])),
        "First dry": ("forecast_first_dry", lambda row: day(row["forecast_first_dry"])),
    }
    shown = {head: say for head, (column, say) in asked.items() if table[column].null_count() < table.height}
    rows_table(
        target,
        ("Variant", *shown),
        [[row["variant"], *(say(row) for say in shown.values())] for row in table.iter_rows(named=True)],
    )
