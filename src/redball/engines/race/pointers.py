"""A world and a state as kernels take them: one pointer each, to arrays that nobody counts the users of."""

from __future__ import annotations

from typing import TypeVar

from redball.core.compiled import by_reference, kernel, unowned
from redball.engines.race.world import State, World

T = TypeVar("T")

WorldReference, StateReference = by_reference(World), by_reference(State)


def world_reference(world: World) -> World:
    """Return a world as kernels take it: one pointer, the same arrays."""
    return _kept(_world_reference(world), world)


def state_reference(state: State) -> State:
    """Return a state as kernels take it."""
    return _kept(_state_reference(state), state)


def _kept(reference: T, arrays: T) -> T:
    """Return a reference that keeps the arrays which it does not own."""
    reference.kept = arrays  # type: ignore[attr-defined]
    return reference


@kernel
def _world_reference(world: World) -> World:
    return WorldReference(*unowned(world))


@kernel
def _state_reference(state: State) -> State:
    return StateReference(*unowned(state))
