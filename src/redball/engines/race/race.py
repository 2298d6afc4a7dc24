"""The verb: a scenario and a plan go in, honest odds come out."""

from __future__ import annotations

import dataclasses
import hashlib
from collections.abc import Callable, Generator, Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

from redball.core.checkpoints import Checkpoints
from redball.core.errors import InputError
from redball.core.fanout import Threads, Workers, fan_out
from redball.core.progress import Progress, Silent
from redball.core.version import VERSION
from redball.engines.race.build import make_world
from redball.engines.race.counts import most_of
from redball.engines.race.kernel import Policy, run_chunk
from redball.engines.race.read import Reader
from redball.engines.race.tally import UNIT, RaceTally
from redball.engines.race.world import World
from redball.model.build import build
from redball.model.params import RaceParams, settled
from redball.results.plan import Plan
from redball.results.race import Race, RaceSummary
from redball.results.race_intervals import batch_mean, chance
from redball.scenario.scenario import Scenario

CHUNK = 1024
"""Replications of one task; `until` is looked at after each."""
SHARED = "threads"
"""The one parameter that no result depends on."""


def run_race(
    scenario: Scenario,
    plan: Plan | None,
    params: RaceParams,
    *,
    policy: Policy | None = None,
    workers: Workers | None = None,
    parts: Path | None = None,
    progress: Progress | None = None,
    clock: Callable[[], float] = lambda: 0.0,
) -> Race:
    """Run the replications and read out what came of them.

    Parameters
    ----------
    scenario
        A checked scenario.
    plan
        A plan of it, for policies that keep to one.
    params
        What is asked.
    policy
        A function of the user's instead of the named policy; runs in this process, on one thread.
    workers
        Who does the work; threads of this process by default.
    parts
        Folder where finished chunks are kept and taken up from.
    progress
        Who listens, and may ask to stop; the replications so far are kept.
    clock
        Seconds, for the summary.

    Raises
    ------
    InputError
        If the plan is missing, not of this scenario, or nothing was done before a stop.
    """
    progress, workers = progress or Silent(), workers or Threads(params.threads)
    params = settled(params, scenario.settings.risk)
    began = clock()
    progress.phase("build")
    world = make_world(scenario, plan, params, policy)
    built = clock()
    progress.phase("run", f"{params.replications:,} replications")
    plan_digest = digest_of(plan) if plan is not None and world.planned else None
    of = "\n".join([scenario.digest, str(plan_digest), repr(_lasting(params))])
    checkpoints = Checkpoints(parts, of) if parts and policy is None else None
    chunks = (
        _own(world, params, policy, progress)
        if policy
        else _chunks(world, params, workers, checkpoints, progress)
    )
    start, labels = scenario.settings.start, build(scenario).labels
    tally: RaceTally | None = None
    with closing(chunks):
        for chunk in chunks:
            tally = chunk if tally is None else tally.merged(chunk)
            progress.step(tally.replications, params.replications)
            if params.until and Reader(start, labels, world, tally).widest() <= params.until:
                break
    if tally is None:
        raise InputError("the race was stopped before anything was done", where="race")
    ran = clock()
    progress.phase("read")
    reader = Reader(start, labels, world, tally)
    tables = reader.tables()
    seconds = {"build": built - began, "run": ran - built, "read": clock() - ran}
    name = params.policy if policy is None else getattr(policy, "__name__", type(policy).__name__)
    return Race(scenario, _summary(scenario, reader, params, name, plan_digest, seconds), tables)


def _summary(
    scenario: Scenario,
    reader: Reader,
    params: RaceParams,
    policy: str,
    plan_digest: str | None,
    seconds: dict[str, float],
) -> RaceSummary:
    """Return the answer in numbers and where it came from."""
    return RaceSummary(
        replications=reader.tally.replications,
        policy=policy,
        **_means(reader.world, reader.tally),
        width=reader.widest(),
        digest=scenario.digest,
        plan_digest=plan_digest,
        version=VERSION,
        parameters={**dataclasses.asdict(params), "policy": policy, "random": list(params.random)},
        seconds=seconds,
    )


def count_chunk(world: World, part: tuple[int, int]) -> bytes:
    """Run one chunk, given by its first replication and their number; for threads, processes and clusters alike."""
    return run_chunk(world, *part).to_bytes()


def _parts(params: RaceParams) -> Iterator[tuple[str, tuple[int, int]]]:
    for first in range(0, params.replications, CHUNK):
        count = min(CHUNK, params.replications - first)
        yield f"{first}+{count}", (first, count)


def _chunks(
    world: World, params: RaceParams, workers: Workers, checkpoints: Checkpoints | None, progress: Progress
) -> Generator[RaceTally, None, None]:
    """Yield the tallies of all chunks in order."""
    done: Any = fan_out(
        count_chunk,
        world,
        _parts(params),
        workers=workers,
        checkpoints=checkpoints,
        stopped=lambda: progress.stopped,
    )
    with closing(done) as results:
        for result in results:
            yield RaceTally.from_bytes(result)


def _own(
    world: World, params: RaceParams, policy: Policy, progress: Progress
) -> Generator[RaceTally, None, None]:
    """Yield the tallies under a policy of the user's, which stays in this process."""
    for _, (first, count) in _parts(params):
        if progress.stopped:
            return
        yield run_chunk(world, first, count, policy)


def _lasting(params: RaceParams) -> dict[str, Any]:
    """Return the parameters that a chunk depends on: neither how many there are nor who runs them."""
    kept = dataclasses.asdict(params)
    return {name: kept[name] for name in sorted(kept.keys() - {SHARED, "replications", "until"})}


def digest_of(plan: Plan) -> str:
    """Return the SHA-256 of what a plan decides, in hexadecimal."""
    summer = hashlib.sha256(plan.summary.digest.encode())
    for name in ("shipments", "served", "handovers", "take_up", "starts", "expansions", "orders"):
        summer.update(name.encode() + b"\0" + plan.tables[name].write_csv().encode())
    return summer.hexdigest()


def _means(world: World, tally: RaceTally) -> dict[str, float]:
    """Return the numbers over all, each with both ends of its interval."""
    counts, most = tally.counts, most_of(world)
    result: dict[str, float] = {}
    for at, name in enumerate(("shortage_days", "weighted_shortage_days", "fill_rate")):
        mean, low, high = batch_mean(counts["batch_shortage"][:, at] / UNIT, counts["batch_replications"])
        if name == "fill_rate":
            mean, low, high = 1.0 - mean, max(1.0 - high, 0.0), min(1.0 - low, 1.0)
        else:
            scale = float(most[at])
            mean, low, high = mean * scale, max(low * scale, 0.0), high * scale
        result |= {name: mean, f"{name}_low": low, f"{name}_high": high}
    calm = chance(int(counts["calm"][0]), tally.replications)
    return result | {
        "service_level": calm.chance,
        "service_level_low": calm.low,
        "service_level_high": calm.high,
    }
