"""Charts as Altair objects: what a notebook shows is what the brief prints.

They are drawn in the light colours of `redball.views.colours`; `svg_of` turns one into an SVG for a page, in which
each colour is a variable of the page's theme. This is the one file that knows the chart library.
"""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Iterable, Sequence
from typing import Any

import altair as alt
import polars as pl
import vl_convert

from redball.core.wording import day
from redball.results.findings import shortages
from redball.results.plan import Plan
from redball.results.race import Race
from redball.views import colours
from redball.views.chart_rows import (
    STAGES,
    ScheduleRow,
    classes,
    delivered_rows,
    instant,
    months,
    named,
    race_days,
    schedule_rows,
    stock_days,
)
from redball.views.lettering import FONT, shortened, text_width

STOCKS_SHOWN = 12
BAND_PX, ROW_GAP_PX = 13, 5
LABEL_PX, NARROW_LABEL_PX = 250.0, 170.0
SIZE = 10.5

_FAMILY = re.compile(r' (?:font-family|aria-[a-z]+|role|class|pointer-events)="[^"]*"')
_SIZE = re.compile(r'<svg [^>]*?viewBox="([^"]+)"[^>]*>')
_ID = re.compile(r'(id="|url\(#|href="#)([^")]+)')


def configured(chart: Any) -> Any:
    """Return a chart in the house style."""
    ink, muted, rule = colours.light("ink"), colours.light("muted"), colours.light("rule")
    # one call: each further one would copy the whole chart
    return chart.configure(
        font=FONT,
        background="transparent",
        padding=0,
        aria=False,
        view=alt.ViewConfig(stroke=None),
        axis=alt.AxisConfig(
            labelColor=muted,
            titleColor=muted,
            gridColor=colours.light("grid"),
            domainColor=rule,
            tickColor=rule,
            labelFontSize=SIZE,
            labelPadding=4,
        ),
        text=alt.MarkConfig(color=ink, fontSize=SIZE),
        title=alt.TitleConfig(anchor="start", color=ink, fontSize=12, fontWeight="bold", offset=8),
    )


def svg_of(chart: Any, key: str) -> str:
    """Return a chart as SVG for a page.

    Parameters
    ----------
    key
        Prefix of every id inside, so that many charts can share a page.

    Notes
    -----
    The text takes the page's font, the colours its theme; whoever embeds the SVG gives it its role and name.
    """
    svg: str = vl_convert.vegalite_to_svg(chart.to_dict(validate=False), allowed_base_urls=[])
    head = _SIZE.search(svg)
    if head is None:
        raise AssertionError("the chart library made no SVG")
    left, top, width, height = head[1].split()
    body = svg[head.end() : svg.rindex("</svg>")]
    body = _FAMILY.sub("", _ID.sub(rf"\g<1>{key}-\g<2>", body))
    opening = (
        f'<svg viewBox="{left} {top} {width} {height}" width="{width}" height="{height}" aria-hidden="true">'
    )
    return colours.as_variables(opening + body + "</svg>")


def time_axis(plan: Plan, labels: bool = True, top: bool = False) -> alt.X:
    """Return the axis of days, with the months named."""
    horizon = plan.scenario.horizon
    start, end = instant(horizon.start), instant(horizon.date(horizon.days))
    firsts = [instant(first) for first in months(horizon.start, horizon.last)]
    # the first day is named too, unless the first month's name would run into it
    ticks = firsts if firsts and firsts[0] - start < 0.14 * (end - start) else [start, *firsts]
    named_start = (
        f"datum.value === {start} ? '{day(horizon.start, year=False)}' : utcFormat(datum.value, '%b')"
    )
    return alt.X(
        "time:T",
        scale=alt.Scale(type="utc", domain=[start, end], nice=False),
        axis=alt.Axis(
            values=ticks,
            labelExpr="utcFormat(datum.value, '%b')" if horizon.start.day == 1 else named_start,
            orient="top" if top else "bottom",
            labels=labels,
            ticks=labels,
            domain=labels,
            labelAlign="left",
            labelOffset=2,
            labelFlush=False,
            labelBound=False,
        ),
        title=None,
    )


def stock_chart(
    plan: Plan,
    location: str,
    item: str,
    width: float = 250,
    height: float = 92,
    without_plan: dt.date | None = None,
    race: Race | None = None,
) -> Any:
    """Return the closing stock of a location and item by day, and below it the share of consumption not served.

    Parameters
    ----------
    width, height
        Size of the plot [px], without its axes.
    without_plan
        The date on which it would run dry if nothing more moved; a thin line marks it.
    race
        A race of the plan: a band for what nine of ten of its futures hold, and below a line for the chance of a
        stock-out on each day.
    """
    return configured(_stock(plan, location, item, width, height, without_plan, race))


def _stock(
    plan: Plan,
    location: str,
    item: str,
    width: float,
    height: float,
    without_plan: dt.date | None,
    race: Race | None,
) -> Any:
    """Return the chart of one stock without the house style, so that charts can be set side by side."""
    days = stock_days(plan, location, item)
    mark = colours.CLASSES[classes(plan)[item]]
    curve = alt.Chart(days.select("time", "quantity"))
    x, shared = time_axis(plan, labels=False), {"width": width}
    axis = alt.Axis(tickCount=3, domain=False, ticks=False, labelExpr="format(datum.value, '~s')")

    def y(field: str) -> alt.Y:
        return alt.Y(f"{field}:Q", axis=axis, title=None, scale=alt.Scale(domainMin=0, nice=3))

    area = curve.mark_area(color=mark.light, opacity=0.16, interpolate="step-after").encode(x, y("quantity"))
    if race is not None:
        band = alt.Chart(race_days(race, location, item, "bands").select("time", "q05", "q95"))
        area = band.mark_area(color=mark.light, opacity=0.26, interpolate="step-after").encode(
            x, y("q05"), y2="q95:Q"
        )
    layers = [
        area,
        curve.mark_line(
            color=mark.light if mark.light != "#f0e442" else colours.light("low"),
            strokeWidth=1.6,
            interpolate="step-after",
            strokeDash=list(mark.dash) or [1, 0],
        ).encode(x, y("quantity")),
    ]
    if without_plan is not None:
        layers.append(_rule(instant(without_plan), colours.light("muted"), [2, 2]))
    dry = days.filter(pl.col("share") > 0)
    if dry.height:
        layers += _stock_out(plan, dry, width)
    strip = (
        alt.Chart(days.select("time", "share"))
        .mark_area(color=colours.light("alarm"), interpolate="step-after", line=False)
        .encode(
            time_axis(plan),
            y=alt.Y(
                "share:Q",
                scale=alt.Scale(domain=[0, 1]),
                title=None,
                axis=alt.Axis(values=[1], labelExpr="'short'", domain=False, ticks=False, grid=True),
            ),
        )
    )
    if race is not None:
        odds = alt.Chart(race_days(race, location, item, "stock_outs").select("time", "chance"))
        line = odds.mark_line(color=colours.light("ink"), strokeWidth=1.2, interpolate="step-after")
        strip = alt.layer(strip, line.encode(x="time:T", y="chance:Q"))
    upper = alt.layer(*layers).properties(**shared, height=height)
    return alt.vconcat(upper, strip.properties(**shared, height=20), spacing=6).resolve_scale(x="shared")


def _rule(at: int, colour: str, dash: Sequence[int]) -> Any:
    """Return a vertical line at an instant."""
    return (
        alt.Chart(pl.DataFrame({"time": [at]}))
        .mark_rule(color=colour, strokeDash=list(dash))
        .encode(x="time:T")
    )


def _stock_out(plan: Plan, dry: pl.DataFrame, width: float) -> list[Any]:
    """Return the mark of the first day that is short, with its date on the side that has room."""
    at, date = dry["time"][0], dry["date"][0]
    left = (at - instant(plan.scenario.horizon.start)) / 86_400_000 / plan.scenario.horizon.days < 0.6
    label = f"from {day(date, year=False)}"
    text = (
        alt.Chart(pl.DataFrame({"time": [at], "label": [label]}))
        .mark_text(
            align="left" if left else "right",
            dx=-1 if left else 1,
            baseline="bottom",
            color=colours.light("alert"),
            fontWeight="bold",
        )
        .encode(x="time:T", y=alt.value(-2), text="label:N")
    )
    return [_rule(at, colours.light("alert"), [1, 0]), text]


def stock_curves(plan: Plan, columns: int = 3, race: Race | None = None) -> Any:
    """Return the stocks that run short the most as small charts; for notebooks.

    The brief sets the same charts (`stock_chart`) into its own grid, each under its finding.
    """
    place, item = named(plan, "locations"), named(plan, "items")
    rows = shortages(plan).filter(pl.col("days_short") > 0).head(STOCKS_SHOWN)
    charts = [
        _stock(plan, row["location"], row["item"], 250, 92, None, race).properties(
            title=f"{place[row['location']]}: {item[row['item']]}"
        )
        for row in rows.iter_rows(named=True)
    ]
    return configured(alt.concat(*charts, columns=columns, spacing=24))


def schedule(plan: Plan, width: float = 1136, rows: Sequence[ScheduleRow] | None = None) -> Any:
    """Return what each production line makes and each of the busiest lanes carries, and when.

    Bars that overlap lie in bands one above the other.
    """
    rows = schedule_rows(plan) if rows is None else rows
    wide = width > 900
    label_px = _widest((row.name for row in rows), 10, LABEL_PX if wide else NARROW_LABEL_PX)
    plot = width - label_px - _widest((row.total for row in rows), 8)
    pixels = plot / plan.scenario.horizon.days
    item_class, item_name = classes(plan), named(plan, "items")
    bars: list[dict[str, object]] = []
    sides: list[dict[str, object]] = []
    at, group = 6.0, ""
    for row in rows:
        if row.group != group:
            at += 10 if group else 0
            sides.append({"y": at + 6, "left": row.group.upper(), "right": "", "kind": "group"})
            at, group = at + 18, row.group
        name = shortened(row.name, SIZE, label_px - 10)
        sides.append({"y": at + BAND_PX / 2, "left": name, "right": row.total, "kind": "row"})
        for band, bar in row.bars:
            name, room = item_name[bar.item], (bar.end - bar.start).days * pixels - 8
            mark = colours.CLASSES[item_class[bar.item]]
            bars.append(
                {
                    "time": instant(bar.start),
                    "time2": instant(min(bar.end, plan.scenario.horizon.date(plan.scenario.horizon.days))),
                    "y": at + band * BAND_PX,
                    "y2": at + band * BAND_PX + BAND_PX - 2,
                    "middle": at + band * BAND_PX + BAND_PX / 2 - 0.5,
                    "fill": mark.light,
                    "on": colours.light(mark.text),
                    "label": name if text_width(name, 9) <= room else "",
                }
            )
        at += row.n_bands * BAND_PX + ROW_GAP_PX
    return _schedule_layers(plan, bars, sides, plot, at)


def _widest(texts: Iterable[str], gap: float, most: float = 200.0) -> float:
    """Return the room that a column of texts takes beside a plot, with its gap [px]."""
    return min(most, max((text_width(text, SIZE) for text in texts), default=0.0) + gap + 1)


def _schedule_layers(
    plan: Plan, bars: list[dict[str, object]], sides: list[dict[str, object]], plot: float, height: float
) -> Any:
    """Return the schedule's marks."""
    kinds: dict[str, Any] = dict.fromkeys(("time", "time2", "y", "y2", "middle"), pl.Float64)
    frame = pl.DataFrame(bars, schema=kinds | {"fill": pl.String, "on": pl.String, "label": pl.String})
    sided = pl.DataFrame(
        sides, schema={"y": pl.Float64, "left": pl.String, "right": pl.String, "kind": pl.String}
    )
    down = alt.Scale(domain=[0, height], range=[0, height], nice=False)
    x = time_axis(plan, top=True)

    def y(field: str) -> alt.Y:
        return alt.Y(f"{field}:Q", scale=down, axis=None)

    marks = (
        alt.Chart(frame)
        .mark_rect(cornerRadius=1.5, stroke=colours.light("paper"), strokeWidth=0.6)
        .encode(x, y("y"), x2="time2:T", y2="y2:Q", color=alt.Color("fill:N", scale=None))
    )
    inside = (
        alt.Chart(frame.filter(pl.col("label") != ""))
        .mark_text(align="left", dx=4, fontSize=9)
        .encode(x, y("middle"), text="label:N", color=alt.Color("on:N", scale=None))
    )
    groups, named_rows = (sided.filter(pl.col("kind") == kind) for kind in ("group", "row"))
    left = (
        alt.Chart(named_rows).mark_text(align="right", dx=-10).encode(y("y"), x=alt.value(0), text="left:N")
    )
    right = alt.Chart(named_rows).mark_text(align="left", dx=8, color=colours.light("muted"))
    heads = alt.Chart(groups).mark_text(align="right", dx=-10, fontWeight="bold", fontSize=9.5)
    layers = alt.layer(
        marks,
        inside,
        left,
        right.encode(y("y"), x=alt.value(plot), text="right:N"),
        heads.encode(y("y"), x=alt.value(0), text="left:N", color=alt.value(colours.light("muted"))),
    )
    return configured(layers.properties(width=plot, height=height))


def delivered(plan: Plan, width: float = 1136) -> Any:
    """Return what became of the pledges with the largest gaps: used, on the way, not taken up, not counted."""
    rows = delivered_rows(plan)
    order = rows["name"].unique(maintain_order=True).to_list()
    label_px = _widest(order, 10, LABEL_PX if width > 900 else NARROW_LABEL_PX)
    plot = width - label_px - _widest(rows["label"], 8)
    short = {name: shortened(name, SIZE, label_px - 10) for name in order}
    fills = [colours.light(name) for name in ("used", "moving", "spare", "paper")]
    y = alt.Y("name:N", sort=order, axis=None, scale=alt.Scale(paddingInner=0.3, paddingOuter=0.15))
    shares = alt.Axis(values=[0, 0.25, 0.5, 0.75, 1], format="%", orient="top", domain=False, ticks=False)
    bars = (
        alt.Chart(rows)
        .mark_bar(stroke=colours.light("lane"), strokeWidth=0.6)
        .encode(
            alt.X("start:Q", scale=alt.Scale(domain=[0, 1]), axis=shares, title=None),
            y,
            x2="end:Q",
            color=alt.Color("stage:N", scale=alt.Scale(domain=list(STAGES), range=fills), legend=None),
        )
    )
    sides = rows.unique("name", keep="first", maintain_order=True).with_columns(
        pl.col("name").replace_strict(short, default="").alias("short")
    )
    text = alt.Chart(sides)
    left = text.mark_text(align="right", dx=-10).encode(y, x=alt.value(0), text="short:N")
    right = text.mark_text(align="left", dx=8, color=colours.light("muted"))
    layers = alt.layer(bars, left, right.encode(y, x=alt.value(plot), text="label:N"))
    return configured(layers.properties(width=plot, height=20 * max(1, len(order))))
