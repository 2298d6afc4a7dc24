"""The random scenarios themselves: typed as the schema says, and every table turns up."""

from __future__ import annotations

from hypothesis import HealthCheck, given, settings
from tests.strategies import scenarios

from redball.scenario.scenario import Scenario
from redball.scenario.schema import SCHEMA


def test_frames_have_the_types_of_the_schema_and_every_table_turns_up() -> None:
    seen: set[str] = set()

    @given(scenarios(max_days=5))
    @settings(max_examples=40, deadline=None, derandomize=True, suppress_health_check=[HealthCheck.too_slow])
    def look(scenario: Scenario) -> None:
        for name, frame in scenario.tables.items():
            columns = SCHEMA[name].by_name
            assert dict(frame.schema) == {column: columns[column].dtype for column in frame.columns}
        seen.update(scenario.tables)

    look()
    assert seen == set(SCHEMA)
