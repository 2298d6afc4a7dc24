from __future__ import annotations

import pytest

from redball.ledger.ladder import FLOWS, GONE, LIVE, PLEDGE_KINDS, PLEDGE_STEP, RUNGS, STOCK_KINDS, label


def test_every_rung_is_defined_once_and_is_a_kind_of_account() -> None:
    names = [rung.name for rung in RUNGS]
    assert names == [*LIVE, *GONE]
    assert set(names) < set(PLEDGE_KINDS)
    assert all(rung.meaning and rung.said_by and rung.counts for rung in RUNGS)


def test_every_flow_joins_kinds_of_its_book_and_has_a_way_back() -> None:
    assert len({flow[:4] for flow in FLOWS}) == len(FLOWS)
    for flow in FLOWS:
        kinds = PLEDGE_KINDS if flow.book == "pledge" else STOCK_KINDS
        assert {flow.src, flow.dst} <= set(kinds)
        if flow.verb[0] != "-" and flow.verb != "correct":
            assert ("-" + flow.verb, flow.book, flow.dst, flow.src) in {other[:4] for other in FLOWS}


def test_nothing_leads_out_of_what_is_gone_and_shipped_goods_cannot_be_withdrawn() -> None:
    steps = set(PLEDGE_STEP.values())
    assert not {src for src, _ in steps} & {*GONE, "handed_over"}
    assert not [
        step for step in steps if step[1] == "withdrawn" and step[0] in ("allocated", "shipped", "arrived")
    ]


@pytest.mark.parametrize(
    ("vector", "words"),
    [
        ({}, "empty"),
        ({"announced": 5}, "announced"),
        ({"announced": 5, "committed": 1}, "partly committed"),
        ({"handed_over": 5}, "handed_over"),
        ({"handed_over": 5, "lost": 1}, "partly handed_over"),
        ({"lost": 1, "withdrawn": 4}, "withdrawn"),
        ({"conditional": 2, "expired": 1}, "partly conditional"),
    ],
)
def test_the_label_is_the_highest_rung_and_says_partly(vector: dict[str, int], words: str) -> None:
    assert label(vector) == words
