"""Way-points of the sea lanes, so that no line on the map crosses land.

Positions are general knowledge of where ships pass, rounded; they serve the map and nothing else.
"""

from __future__ import annotations

Point = tuple[float, float]

US_COAST: list[Point] = [(34.5, -72.0), (42.0, -50.0)]
ST_LAWRENCE: list[Point] = [
    (46.9, -71.1),
    (48.4, -69.2),
    (49.5, -66.0),
    (49.2, -63.9),
    (47.5, -59.9),
    (46.0, -53.0),
]
CHANNEL_WEST: list[Point] = [(49.2, -6.5), (50.0, -2.5)]
SOLENT: list[Point] = [(50.45, -1.2), (50.72, -1.0)]
DOVER: list[Point] = [(50.4, -0.5), (51.0, 1.45), (51.9, 2.4)]
BIGHT: list[Point] = [(53.5, 4.2), (53.9, 7.5), (53.75, 8.2)]
SCHELDT: list[Point] = [(51.5, 3.3), (51.4, 3.8)]
SKAGEN: list[Point] = [(54.0, 4.5), (57.2, 7.4), (57.9, 10.4)]
SOUND: list[Point] = [(57.6, 11.2), (56.3, 12.2), (56.0, 12.7), (55.5, 12.75), (55.1, 12.8)]
BALTIC: list[Point] = [(55.0, 14.2), (54.95, 18.2), (54.6, 19.0)]
OSLOFJORD: list[Point] = [(59.3, 10.6), (58.6, 10.7)]
IBERIA: list[Point] = [(36.6, -9.3), (43.3, -9.9), (48.6, -5.9)]
GIBRALTAR: list[Point] = [(35.95, -5.6), (36.3, -2.0)]
SICILY: list[Point] = [(37.5, 9.8), (37.3, 11.4), (36.4, 13.8)]
CRETE_WEST: list[Point] = [(35.9, 22.6), (36.4, 23.6)]
CRETE_SOUTH: list[Point] = [(34.4, 24.0)]
LEVANT: list[Point] = [(34.0, 32.0)]
SUEZ: list[Point] = [
    (12.2, 45.0),
    (12.6, 43.3),
    (20.0, 38.6),
    (27.3, 34.3),
    (27.7, 33.85),
    (28.8, 32.95),
    (29.7, 32.55),
    (31.4, 32.35),
]
ASIA: list[Point] = [
    (33.0, 127.8),
    (25.0, 120.0),
    (20.0, 116.0),
    (8.0, 108.5),
    (1.4, 104.6),
    (1.15, 103.6),
    (3.0, 100.7),
    (5.6, 97.9),
    (6.3, 95.0),
    (5.7, 80.3),
    (12.0, 52.0),
]
RHODES: list[Point] = [(35.7, 27.6), (36.7, 26.6), (37.5, 25.75)]
AEGEAN: list[Point] = [(38.0, 24.65), (39.3, 24.9), (40.0, 24.8)]
DARDANELLES: list[Point] = [(39.0, 25.4), (39.9, 25.9), (40.05, 26.25), (40.4, 26.7)]
BOSPORUS: list[Point] = [(40.75, 28.0), (41.0, 28.98), (41.25, 29.15)]

BALTIC_PORTS = ("Gdansk", "Gdynia")


def via(start: str, end: str) -> str:
    """Return the way-points from `start` to `end`: latitude, longitude pairs."""
    points = entry(start, end) + exit_to(start, end)
    return "; ".join(f"{latitude:g} {longitude:g}" for latitude, longitude in points)


def entry(start: str, end: str) -> list[Point]:
    """Return the way-points from a port of departure to the waters of Europe."""
    if start in ("Charleston", "Sunny-Point"):
        return [US_COAST[0]] if end == "Alexandroupoli" else US_COAST + CHANNEL_WEST
    if start == "CA-depot":
        return ST_LAWRENCE + CHANNEL_WEST
    if start == "Rota":
        return [*IBERIA, CHANNEL_WEST[1]]
    if start == "Busan":
        north = (
            [*LEVANT, *RHODES] if end == "Alexandroupoli" else [*CRETE_SOUTH, *SICILY[::-1], *GIBRALTAR[::-1]]
        )
        return ASIA + SUEZ + north
    if start == "IL-depot":
        if end in BALTIC_PORTS:
            return [*CRETE_SOUTH, *SICILY[::-1], *GIBRALTAR[::-1]]
        return LEVANT + RHODES
    return {"Southampton": SOLENT[::-1], "NO-depot": OSLOFJORD, "SE-depot": []}[start]


def exit_to(start: str, end: str) -> list[Point]:
    """Return the way-points from there to the port of arrival."""
    if end in BALTIC_PORTS:
        if start in ("NO-depot", "SE-depot"):
            return SOUND + BALTIC
        atlantic = [*IBERIA, CHANNEL_WEST[1]] if start in ("Busan", "IL-depot") else []
        return atlantic + DOVER + SKAGEN + SOUND + BALTIC
    if end == "Alexandroupoli":
        far = start in ("Charleston", "Sunny-Point")
        return (GIBRALTAR + SICILY + CRETE_WEST if far else []) + AEGEAN
    return {
        "Bremerhaven": DOVER + BIGHT,
        "Antwerp": DOVER + SCHELDT,
        "Southampton": SOLENT,
        "Constanta": DARDANELLES + BOSPORUS,
    }[end]
