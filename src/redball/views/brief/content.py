"""What the brief says: every sentence, number, picture and table of the page, before it becomes HTML."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import Any

import polars as pl
from markupsafe import Markup

from redball.core.wording import count, day, money, number, percent
from redball.results.bottlenecks import ranked_bottlenecks
from redball.results.findings import BOUGHT, first_short, pledged, shortages, supplies, totals
from redball.results.plan import Plan
from redball.results.race import Race
from redball.results.sources import assumptions, citations, source_counts
from redball.results.why.worth import ORIGINS
from redball.views import charts
from redball.views.brief import tables
from redball.views.brief.map_view import MapView, map_view
from redball.views.brief.odds import Odds, bands_table, odds_of
from redball.views.brief.tables import LimitRow, TextTable
from redball.views.brief.words import Sentence, Words, headline, span, stock_note, stock_title, tonnes
from redball.views.chart_rows import ScheduleRow, schedule_rows
from redball.views.colours import CLASSES
from redball.views.map_days import days_of
from redball.views.sankey import Sankey, sankey

PROVEN_GAP = 1e-6
"""A gap that rounding explains: the plan is called the best possible."""

WIDE_PX, NARROW_PX = 1136.0, 690.0
"""Widths at which the wide pictures are shown: on a desk, and on paper or a telephone."""


@dataclass(frozen=True)
class Tile:
    """A key figure."""

    label: str
    value: str
    note: str


@dataclass(frozen=True)
class StockPicture:
    """One stock curve under its finding."""

    title: str
    note: str
    mark: str
    label: str
    svg: Markup


@dataclass(frozen=True)
class WidePicture:
    """A picture in its two widths, with its finding."""

    title: str
    wide: Any
    narrow: Any


@dataclass(frozen=True)
class Content:
    """The whole page."""

    name: str
    period: str
    headline: Sentence
    tiles: tuple[Tile, ...]
    map: MapView | None
    map_tables: tuple[TextTable, ...]
    stocks_title: str
    stocks: tuple[StockPicture, ...]
    stocks_table: TextTable
    needs_table: TextTable
    with_forecast: bool
    flow: WidePicture | None
    flow_table: TextTable
    schedule: WidePicture | None
    schedule_table: TextTable
    delivered: WidePicture | None
    pledges_table: TextTable
    limits_title: str
    limits: tuple[LimitRow, ...]
    limits_origin: str
    assumptions: tuple[tuple[str, tuple[tuple[str, int], ...]], ...]
    """By table: reasons with their rows."""
    citations: tuple[tuple[str, str, int], ...]
    sources_title: str
    classes: tuple[str, ...]
    odds: Odds | None
    bands_table: TextTable | None
    provenance: tuple[tuple[str, str], ...]


def content(plan: Plan, forecast: pl.DataFrame | None, race: Race | None = None) -> Content:
    """Return everything that the page says."""
    words = Words(plan)
    odds = odds_of(race, words) if race is not None else None
    short = shortages(plan)
    short_first = first_short(plan)
    ranked = ranked_bottlenecks(plan)
    first = next(short_first.iter_rows(named=True), None)
    limit = next(ranked.iter_rows(named=True), None)
    without = _without_plan(forecast)
    view = map_view(plan, words)
    rows = schedule_rows(plan)
    horizon = plan.scenario.horizon
    n_short = short_first.height
    return Content(
        name=plan.scenario.settings.name,
        period=f"{span(horizon.start, horizon.last)}, {count(horizon.days, 'day')}",
        headline=headline(words, first, limit),
        tiles=(*_tiles(plan, words, first), *(Tile(*told) for told in (odds.tiles if odds else ()))),
        map=view,
        map_tables=_map_tables(plan, words),
        stocks_title=(
            f"{n_short} of {count(short.height, 'stock')} {'runs' if n_short == 1 else 'run'} short at least once"
            if n_short
            else "No stock runs short"
        ),
        stocks=_stocks(plan, words, short, without, race, odds),
        stocks_table=tables.stocks_table(
            short.filter(pl.col("days_short") > 0), words, without, odds.chances if odds else {}
        ),
        needs_table=tables.needs_table(plan, words),
        with_forecast=bool(without),
        flow=_flow(plan, words),
        flow_table=tables.flows_table(plan, words),
        schedule=_schedule(plan, rows),
        schedule_table=tables.schedule_table(plan),
        delivered=_delivered(plan, words),
        pledges_table=tables.pledges_table(plan, words),
        limits_title=_limits_title(words, limit),
        limits=tables.limit_rows(ranked, words),
        limits_origin=ORIGINS[plan.summary.bottlenecks_from],
        assumptions=tuple(
            (str(table), tuple(rows.select("reason", "n_rows").iter_rows()))
            for (table,), rows in assumptions(plan.scenario).group_by("table", maintain_order=True)
        ),
        citations=tuple(citations(plan.scenario).iter_rows()),
        sources_title=_sources_title(plan),
        classes=_moving_classes(plan, words),
        odds=odds,
        bands_table=bands_table(race, words, _worst(short).select("location", "item").rows())
        if race
        else None,
        provenance=(*_provenance(plan), *_race_provenance(race)),
    )


def _moving_classes(plan: Plan, words: Words) -> tuple[str, ...]:
    """Return the classes of what moves or is made, in their order."""
    items = plan.tables["shipments"]["item"].unique().to_list()
    lines = dict(plan.scenario.table("production").select("line", "item").iter_rows())
    items += [lines[line] for line in plan.tables["starts"]["line"].unique().to_list()]
    found = {words.classes[item] for item in items}
    return tuple(key for key in CLASSES if key in found)


def _tiles(plan: Plan, words: Words, first: dict[str, Any] | None) -> tuple[Tile, ...]:
    """Return the key figures."""
    facts, summary = totals(plan), plan.summary
    share = percent(facts.shortage_days / facts.asked_days) if facts.asked_days else "0 %"
    begins = f"{words.places[first['location']]}, {day(first['first_date'], year=False)}" if first else "none"
    spent = sum(value for part, value in summary.cost.items() if part not in ("shortage", "cover"))
    proof = (
        f"within {percent(summary.gap)} of the best possible"
        if summary.gap < 1
        else "how good it is was not proven"
    )
    if summary.gap <= PROVEN_GAP:
        proof = "proven the best possible"
    found = [
        Tile(
            "Shortage-days",
            number(round(summary.shortage_days, 1)),
            f"{share} of all consumption, day by day, is not served",
        ),
        Tile("Stocks that run short", f"{facts.n_short} of {facts.n_stocks}", f"first: {begins}"),
        Tile("Reached users", tonnes(facts.used_t), f"in {count(facts.n_shipments, 'shipment')}"),
        Tile(
            "Pledges taken up",
            f"{facts.n_pledges_taken} of {facts.n_pledges}",
            f"{facts.n_pledges_counted} count as firm in this plan",
        ),
    ]
    if facts.n_needs:
        found.append(
            Tile("Needs met on time", f"{facts.n_needs_on_time} of {facts.n_needs}", "by their due date")
        )
    found.append(
        Tile("Cost of the plan", money(spent, words.currency), f"transport, making, buying; {proof}")
    )
    return tuple(found)


def _map_tables(plan: Plan, words: Words) -> tuple[TextTable, ...]:
    """Return the tables behind the map; where there is no map, they say it all."""
    return (tables.lanes_table(plan, words), tables.weeks_table(plan, days_of(plan)))


def _without_plan(forecast: pl.DataFrame | None) -> dict[tuple[str, str], dt.date]:
    """Return the stock-out dates if nothing moved, by location and item."""
    if forecast is None or not forecast.height:
        return {}
    alone = forecast.filter((pl.col("way") == "nothing moves") & pl.col("stock_out_date").is_not_null())
    return {
        (row[0], row[1]): row[2] for row in alone.select("location", "item", "stock_out_date").iter_rows()
    }


def _worst(short: pl.DataFrame) -> pl.DataFrame:
    """Return the stocks that run short the most, then those that are low the longest."""
    return short.filter((pl.col("days_short") > 0) | (pl.col("days_low") > 0)).head(charts.STOCKS_SHOWN)


def _stocks(
    plan: Plan,
    words: Words,
    short: pl.DataFrame,
    without: dict[tuple[str, str], dt.date],
    race: Race | None,
    odds: Odds | None,
) -> tuple[StockPicture, ...]:
    """Return the curves of the worst stocks."""
    found = []
    for k, row in enumerate(_worst(short).iter_rows(named=True)):
        key = (row["location"], row["item"])
        title, note = stock_title(words, row), stock_note(words, row)
        if odds is not None and key in odds.chances:
            note += f"; chance of a shortage {odds.chances[key]}"
        chart = charts.stock_chart(plan, *key, without_plan=without.get(key), race=race)
        svg = Markup(charts.svg_of(chart, f"stock{k}"))
        mark = f"class-{words.classes[row['item']]}"
        found.append(StockPicture(title, note, mark, f"Stock by day: {title}; {note}.", svg))
    return tuple(found)


def _flow(plan: Plan, words: Words) -> WidePicture | None:
    """Return who supplies what to where."""
    flows = supplies(plan)
    if not flows.height:
        return None
    flows = flows.with_columns(pl.col("donor").fill_null("not known"))
    by_donor = (
        flows.group_by("donor", maintain_order=True)
        .agg(pl.col("tonnes").sum().round(6))
        .sort(["tonnes", "donor"], descending=[True, False])
    )
    donor, most = by_donor.row(0)
    share = percent(most / by_donor["tonnes"].sum())
    title = f"{donor} supplies the most, {tonnes(most)} or {share} of what reaches its users"
    if donor.startswith(BOUGHT):
        title = f"The largest part of what reaches its users, {tonnes(most)} or {share}, is {donor}"
    names = {"item": words.items, "destination": words.places}
    marks = {item: f"class-{kind}" for item, kind in words.classes.items()}
    pictures: list[Sankey] = [
        sankey(flows, names, marks, width, height) for width, height in ((WIDE_PX, 560.0), (NARROW_PX, 440.0))
    ]
    return WidePicture(title, *pictures)


def _schedule(plan: Plan, rows: tuple[ScheduleRow, ...]) -> WidePicture | None:
    """Return the schedule."""
    if not rows:
        return None
    lanes = [row for row in rows if row.group == "Transport"]
    lines = [row for row in rows if row.group == "Production"]
    said = (
        [f"{count(len(lines), 'production line')} {'works' if len(lines) == 1 else 'work'}"] if lines else []
    )
    if lanes:
        said.append(f"the busiest lane is {lanes[0].name}, with {lanes[0].total}")
    title = "; ".join(said)
    return WidePicture(
        title[:1].upper() + title[1:],
        *(
            Markup(charts.svg_of(charts.schedule(plan, width, rows), f"schedule{width:.0f}"))
            for width in (WIDE_PX, NARROW_PX)
        ),
    )


def _delivered(plan: Plan, words: Words) -> WidePicture | None:
    """Return what became of the pledges."""
    rows = pledged(plan)
    if not rows.height:
        return None
    top = rows.row(0, named=True)
    missing = words.quantity(top["quantity"] - top["used"], top["item"])
    title = (
        f"The largest gap: {words.items[top['item']]} by {top['donor']}, {missing} not used by the last day"
    )
    if top["gap_t"] <= 0:
        title = "Every pledge is used in full"
    return WidePicture(
        title,
        *(
            Markup(charts.svg_of(charts.delivered(plan, width), f"delivered{width:.0f}"))
            for width in (WIDE_PX, NARROW_PX)
        ),
    )


def _limits_title(words: Words, limit: dict[str, Any] | None) -> str:
    """Say which limit holds the plan back most."""
    if limit is None:
        return "No limit that holds the plan back is known"
    subject = words.subject(limit)
    return f"{subject[:1].upper()}{subject[1:]} holds the plan back most"


def _sources_title(plan: Plan) -> str:
    """Say how much is cited and how much is assumed."""
    counts = source_counts(plan.scenario)
    total = sum(counts.values())
    text = f"{counts['assumed']:,} of {count(total, 'row')} rest on an assumption, {counts['cited']:,} on a citation alone"
    return text + (f"; {counts['without']:,} name no source" if counts["without"] else "")


def _race_provenance(race: Race | None) -> tuple[tuple[str, str], ...]:
    """Return where the odds came from."""
    if race is None:
        return ()
    told = race.summary
    asked = ", ".join(f"{name} {value}" for name, value in told.parameters.items())
    return (("Race", f"{told.replications:,} futures, policy {told.policy}: {asked}"),)


def _provenance(plan: Plan) -> tuple[tuple[str, str], ...]:
    """Return where the answer came from."""
    summary = plan.summary
    gap = percent(summary.gap) if summary.gap < 1 else "not proven"
    asked = ", ".join(
        f"{name} {value if value is not None else 'none'}" for name, value in summary.parameters.items()
    )
    return (
        ("Scenario digest", summary.digest),
        ("Redball", summary.version),
        ("Solver", summary.solver),
        ("Status", f"{summary.status}, gap {gap}"),
        (
            "Objective",
            f"{money(summary.objective, plan.scenario.settings.currency)}; "
            f"proven at least {money(summary.bound, plan.scenario.settings.currency)}",
        ),
        ("Parameters", asked),
        ("Size", f"{summary.n_variables:,} variables, {summary.n_rows:,} rows"),
    )
