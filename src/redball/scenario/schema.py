"""The tables of a scenario: the only source of their columns, types, units, defaults and help.

Checks, the reference page, Excel headers, drop-downs and notes, the template and the JSON schema are all made
from this. ``docs/design/tables.csv`` is the same as a table; a test holds the two together.
"""

from __future__ import annotations

from redball.scenario.columns import Column, Table

EVERY_TABLE = (
    Column(
        "source",
        "text",
        "blank",
        "where the row's numbers come from: a fact id or a citation; or the word assumption with its reason",
    ),
    Column("note", "text", "blank", "free"),
)

TABLES: tuple[Table, ...] = (
    Table(
        "locations",
        "points that can hold stock",
        (
            Column("location", "id", "required", "name of a point that can hold stock"),
            Column("name", "text", "=location", "what people call it"),
            Column(
                "kind",
                "choice",
                "required",
                "what it is; decides its symbol and nothing else",
                choices=(
                    "donor",
                    "factory",
                    "market",
                    "port",
                    "airport",
                    "hub",
                    "crossing",
                    "depot",
                    "point",
                    "training",
                ),
            ),
            Column("owner", "text", "blank", "nation or organisation that answers for it"),
            Column("latitude", "number", "blank", "WGS 84", unit="degree", low=-90, high=90),
            Column("longitude", "number", "blank", "WGS 84", unit="degree", low=-180, high=180),
            Column("unlocode", "text", "blank", "UN/LOCODE where there is one"),
            Column("storage_t", "number", "unlimited", "§2.4", unit="t", low=0),
            Column("throughput_t_per_day", "number", "unlimited", "§3.5", unit="t/day", low=0),
            *EVERY_TABLE,
        ),
        required=True,
    ),
    Table(
        "items",
        "things that are supplied",
        (
            Column("item", "id", "required", "name of a thing that is supplied"),
            Column("name", "text", "=item", "what people call it"),
            Column(
                "supply_class",
                "choice",
                "required",
                "class of supply; NATO's five and the wider set of ten both map to it",
                choices=("I", "II", "III", "IV", "V", "VI", "VII", "VIII", "IX", "people"),
            ),
            Column("unit", "text", "required", "what one of it is: round; tonne; vehicle; person; kit"),
            Column(
                "tonnes_per_unit",
                "number",
                "required",
                "mass with its packing",
                unit="t",
                low=0,
                low_open=True,
            ),
            Column(
                "unit_value", "number", "blank", "for reports; with unit_value_basis", unit="currency", low=0
            ),
            Column("unit_value_basis", "text", "blank", "price paid; replacement; book"),
            Column("whole", "flag", "no", "§7.6"),
            *EVERY_TABLE,
        ),
        required=True,
    ),
    Table(
        "stocks",
        "what is on hand before day 0",
        (
            Column("location", "ref", "required", "where", table="locations"),
            Column("item", "ref", "required", "what", table="items"),
            Column("quantity", "number", "required", "on hand before day 0", unit="unit", low=0),
            Column("reserve", "number", "0", "§2.3", unit="unit", low=0),
            *EVERY_TABLE,
        ),
    ),
    Table(
        "pledges",
        "what was promised",
        (
            Column("pledge", "id", "required", "name of the promise"),
            Column("donor", "text", "required", "nation or organisation"),
            Column("location", "ref", "required", "where it can be taken up", table="locations"),
            Column("item", "ref", "required", "what", table="items"),
            Column("quantity", "number", "required", "how much", unit="unit", low=0, low_open=True),
            Column("available_date", "date", "required", "§5.1"),
            Column(
                "status",
                "choice",
                "required",
                "rung of the ladder; §5.2",
                choices=("conditional", "announced", "committed", "allocated"),
            ),
            Column("probability", "number", "1", "chance that it comes; §5.2", low=0, high=1),
            Column(
                "delay_days",
                "number",
                "0",
                "mean delay against available_date; used by the race only",
                unit="day",
                low=0,
            ),
            Column(
                "part_probability",
                "number",
                "0",
                "chance that only a part comes if any does; race only; §9.5",
                low=0,
                high=1,
            ),
            *EVERY_TABLE,
        ),
    ),
    Table(
        "production",
        "lines that make, train, repair or assemble",
        (
            Column("line", "id", "required", "name of the line"),
            Column("location", "ref", "required", "where", table="locations"),
            Column("item", "ref", "required", "output", table="items"),
            Column("rate_per_day", "number", "required", "today's limit", unit="unit/day", low=0),
            Column("rate_max_per_day", "number", "blank", "limit after expansion", unit="unit/day", low=0),
            Column("expansion", "choice", "none", "§5.3", choices=("none", "announced", "decide")),
            Column(
                "expansion_days", "number", "0", "days before the expansion starts to work", unit="day", low=0
            ),
            Column(
                "slip_days",
                "number",
                "0",
                "mean delay of the expansion against expansion_days; race only; §9.5",
                unit="day",
                low=0,
            ),
            Column("ramp_days", "number", "0", "days from today's limit to the new one", unit="day", low=0),
            Column("expansion_cost", "number", "0", "paid once", unit="currency", low=0),
            Column("lead_days", "number", "0", "start to output", unit="day", low=0),
            Column("unit_cost", "number", "0", "for each unit", unit="currency/unit", low=0),
            Column("budget", "ref", "blank", "§5.6: who pays", table="budgets"),
            *EVERY_TABLE,
        ),
    ),
    Table(
        "recipes",
        "what a line consumes",
        (
            Column("line", "ref", "required", "whose input it is", table="production"),
            Column("item", "ref", "required", "input", table="items"),
            Column(
                "quantity", "number", "required", "§5.4", unit="unit per unit of output", low=0, low_open=True
            ),
            *EVERY_TABLE,
        ),
    ),
    Table(
        "offers",
        "what can be bought",
        (
            Column("offer", "id", "required", "name of the offer"),
            Column("location", "ref", "required", "where it arrives", table="locations"),
            Column("item", "ref", "required", "what", table="items"),
            Column(
                "quantity_max",
                "number",
                "required",
                "most that can be ordered in all",
                unit="unit",
                low=0,
                low_open=True,
            ),
            Column("order_min", "number", "0", "§5.5", unit="unit", low=0),
            Column("unit_cost", "number", "required", "for each unit", unit="currency/unit", low=0),
            Column("lead_days", "number", "required", "order to arrival", unit="day", low=0),
            Column("budget", "ref", "blank", "§5.6: who pays", table="budgets"),
            *EVERY_TABLE,
        ),
    ),
    Table(
        "budgets",
        "money that limits production and orders",
        (
            Column("budget", "id", "required", "name of the budget"),
            Column("owner", "text", "blank", "nation or organisation that answers for it"),
            Column("amount", "number", "required", "how much money", unit="currency", low=0),
            Column("from_date", "date", "first day", "first day on which it holds"),
            Column("to_date", "date", "last day", "last day on which it holds"),
            *EVERY_TABLE,
        ),
    ),
    Table(
        "lanes",
        "one way by one mode between two locations",
        (
            Column("lane", "id", "required", "name of the lane"),
            Column("from_location", "ref", "required", "where it starts", table="locations"),
            Column("to_location", "ref", "required", "where it ends", table="locations"),
            Column(
                "mode",
                "choice",
                "required",
                "how it goes",
                choices=("road", "rail", "sea", "air", "river", "pipeline"),
            ),
            Column("transit_days", "number", "required", "§1.3", unit="day", low=0, low_open=True),
            Column("capacity_t_per_day", "number", "unlimited", "§3.2", unit="t/day", low=0),
            Column("cost_per_t", "number", "0", "for each tonne departing", unit="currency/t", low=0),
            Column("loss_fraction", "number", "0", "§3.1", low=0, high=1),
            Column("carries", "classes", "all", "§3.3"),
            Column("fleet", "ref", "blank", "§4.1", table="fleets"),
            Column("cycle_days", "number", "2 x transit", "§4.1", unit="day", low=0, low_open=True),
            Column(
                "up_days_mean",
                "number",
                "never fails",
                "mean days between failures; race and stress only",
                unit="day",
                low=0,
                low_open=True,
            ),
            Column(
                "down_days_mean", "number", "blank", "mean days to reopen", unit="day", low=0, low_open=True
            ),
            Column(
                "delay_days_mean", "number", "0", "mean delay over transit_days; race only", unit="day", low=0
            ),
            Column("via", "points", "blank", "way-points for the map"),
            *EVERY_TABLE,
        ),
    ),
    Table(
        "fleets",
        "vehicles shared by lanes",
        (
            Column("fleet", "id", "required", "name of the fleet"),
            Column("owner", "text", "blank", "nation or organisation that answers for it"),
            Column("vehicles", "number", "required", "how many", unit="vehicle", low=0),
            Column(
                "payload_t",
                "number",
                "required",
                "load of one vehicle",
                unit="t/vehicle",
                low=0,
                low_open=True,
            ),
            *EVERY_TABLE,
        ),
    ),
    Table(
        "consumption",
        "what is used day by day",
        (
            Column("location", "ref", "required", "where", table="locations"),
            Column("item", "ref", "required", "what", table="items"),
            Column("per_day", "number", "required", "mean", unit="unit/day", low=0, low_open=True),
            Column("from_date", "date", "first day", "first day on which it holds"),
            Column("to_date", "date", "last day", "last day on which it holds"),
            Column("priority", "choice", "2", "§7.1", choices=("1", "2", "3")),
            Column("cover_days", "number", "0", "§6.3", unit="day", low=0),
            Column("per_day_low", "number", "blank", "5 % quantile; race only", unit="unit/day", low=0),
            Column("per_day_high", "number", "blank", "95 % quantile; race only", unit="unit/day", low=0),
            *EVERY_TABLE,
        ),
    ),
    Table(
        "needs",
        "quantities due by a date",
        (
            Column("need", "id", "required", "name of the need"),
            Column("location", "ref", "required", "where", table="locations"),
            Column("item", "ref", "required", "what", table="items"),
            Column("quantity", "number", "required", "how much", unit="unit", low=0, low_open=True),
            Column("due_date", "date", "required", "§6.2"),
            Column("priority", "choice", "2", "§7.1", choices=("1", "2", "3")),
            *EVERY_TABLE,
        ),
    ),
    Table(
        "closures",
        "lanes and locations known to be closed or restricted",
        (
            Column("lane", "ref", "blank", "exactly one of lane and location", table="lanes"),
            Column("location", "ref", "blank", "where", table="locations"),
            Column("from_date", "date", "first day", "first day on which it holds"),
            Column("to_date", "date", "last day", "last day on which it holds"),
            Column("open_fraction", "number", "0", "§3.6", low=0, high=1),
            *EVERY_TABLE,
        ),
    ),
)

SCHEMA: dict[str, Table] = {table.name: table for table in TABLES}
