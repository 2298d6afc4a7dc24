"""The innermost loops: one pass over rows of replications, each row another array, so that several are done at a time.

Every quantity [item unit] is (width,) unless told otherwise. The order of the operations on each number is that of
the rules, so that it does not matter to the last bit how many stand side by side. Numbers that stand alone are first made as large
as those of the rows (`World.item_rounder`): a pass over numbers of half size does twice as many at a time.
"""

from __future__ import annotations

import numpy as np

from redball.core.compiled import kernel_apart
from redball.engines.race.world import ALL_BUT_HALF, APART, BINS, TOLERANCE, Smalls
from redball.model.problem import Floats, Ints


@kernel_apart
def come_in(stock: Floats, received: Floats, inbound: Floats, due: Floats) -> None:
    """Let in all that is due."""
    for r in range(len(stock)):
        come = due[r]
        stock[r] += come
        received[r] += come
        inbound[r] -= come
        due[r] = 0.0


@kernel_apart
def arrive_in(stock: Floats, received: Floats, inbound: Floats, due: Floats) -> None:
    """Let in all that is due, in a row that is written anew before it is due again."""
    for r in range(len(stock)):
        come = due[r]
        stock[r] += come
        received[r] += come
        inbound[r] -= come


@kernel_apart
def serve_from(stock: Floats, asked: Floats, served: Floats, share: float, floor: float) -> None:
    """Serve a share of what is asked, as far as stock lasts."""
    nothing, share, floor = stock.dtype.type(0.0), stock.dtype.type(share), stock.dtype.type(floor)
    for r in range(len(asked)):
        got = max(min(asked[r] * share, stock[r] - floor), nothing)
        stock[r] -= got
        served[r] = got


@kernel_apart
def lacks(lack: Floats, stock: Floats, inbound: Floats, target: float) -> None:
    """Add to what is ordered from a node what it lacks itself of its target."""
    nothing, target = stock.dtype.type(0.0), stock.dtype.type(target)
    for r in range(len(lack)):
        lack[r] = max(lack[r] + target - stock[r] - inbound[r], nothing)


@kernel_apart
def lacks_alone(lack: Floats, stock: Floats, inbound: Floats, target: float) -> None:
    """Say what a node lacks of its target, where nobody orders from it."""
    nothing, target = stock.dtype.type(0.0), stock.dtype.type(target)
    for r in range(len(lack)):
        lack[r] = max(target - stock[r] - inbound[r], nothing)


@kernel_apart
def add(above: Floats, ordered: Floats) -> None:
    """Add a row to another."""
    for r in range(len(above)):
        above[r] += ordered[r]


@kernel_apart
def order_open(above: Floats, rest: Floats, runs: Floats) -> None:
    """Order the rest where the lane runs."""
    for r in range(len(rest)):
        ordered = rest[r] * runs[r]
        above[r] += ordered
        rest[r] -= ordered


@kernel_apart
def send_free(
    sent: Floats,
    want: Floats,
    stock: Floats,
    is_open: Floats,
    arriving: Floats,
    inbound: Floats,
    floor: float,
) -> None:
    """Send what is wanted and there by a lane without a limit and without losses, and put it on the way."""
    nothing, floor = stock.dtype.type(0.0), stock.dtype.type(floor)
    for r in range(len(sent)):
        goes = max(min(want[r], stock[r] - floor) * is_open[r], nothing)
        sent[r] = goes
        stock[r] -= goes
        want[r] -= goes
        arriving[r] = goes
        inbound[r] += goes


@kernel_apart
def send_limited(
    sent: Floats,
    want: Floats,
    stock: Floats,
    is_open: Floats,
    left: Floats,
    arriving: Floats,
    inbound: Floats,
    floor: float,
    tonnes: float,
    rounder: float,
) -> None:
    """Send what is wanted, there and fits what the lane has left [t], where nothing is lost, and put it on the way."""
    real = stock.dtype.type
    nothing, slack, per_tonne = real(0.0), real(TOLERANCE), real(1.0) / real(tonnes)
    floor, tonnes, rounder, less = real(floor), real(tonnes), real(rounder), real(rounder * ALL_BUT_HALF)
    for r in range(len(sent)):
        goes = min(want[r], stock[r] - floor) * is_open[r]
        fits = (left[r] + slack) * per_tonne - less
        goes = max(min(goes, (fits + rounder) - rounder), nothing)
        sent[r] = goes
        stock[r] -= goes
        want[r] -= goes
        left[r] -= goes * tonnes
        arriving[r] = goes
        inbound[r] += goes


@kernel_apart
def fit(sent: Floats, left: Floats, tonnes: float, rounder: float) -> None:
    """Send no more than fits what a lane has left [t]."""
    real = sent.dtype.type
    slack, per_tonne = real(TOLERANCE), real(1.0) / real(tonnes)
    rounder, less = real(rounder), real(rounder * ALL_BUT_HALF)
    for r in range(len(sent)):
        fits = (left[r] + slack) * per_tonne - less
        sent[r] = min(sent[r], (fits + rounder) - rounder)


@kernel_apart
def fill_up(left: Floats, sent: Floats, tonnes: float) -> None:
    """Take what is sent from what a lane has left [t]."""
    tonnes = left.dtype.type(tonnes)
    for r in range(len(sent)):
        left[r] -= sent[r] * tonnes


@kernel_apart
def put_under_way(sent: Floats, arriving: Floats, inbound: Floats, share: float, rounder: float) -> None:
    """Put the share that will arrive on the way."""
    share, rounder = sent.dtype.type(share), sent.dtype.type(rounder)
    for r in range(len(sent)):
        comes = min((sent[r] * share + rounder) - rounder, sent[r])
        arriving[r] = comes
        inbound[r] += comes


@kernel_apart
def put_kept_under_way(sent: Floats, arriving: Floats, inbound: Floats, kept: Floats, rounder: float) -> None:
    """Put what is not lost on the way."""
    rounder = sent.dtype.type(rounder)
    for r in range(len(sent)):
        comes = min((sent[r] * kept[r] + rounder) - rounder, sent[r])
        arriving[r] = comes
        inbound[r] += comes


@kernel_apart
def round_off(quantity: Floats, rounder: float) -> None:
    """Round to whole grains."""
    rounder = quantity.dtype.type(rounder)
    for r in range(len(quantity)):
        quantity[r] = (quantity[r] + rounder) - rounder


@kernel_apart
def add_up(asked: Floats, served: Floats, total_asked: Floats, total_served: Floats) -> None:
    """Add a day to the totals."""
    for r in range(len(asked)):
        total_asked[r] += asked[r]
        total_served[r] += served[r]


@kernel_apart
def add_short(asked: Floats, served: Floats, unserved: Floats, weighted: Floats, weight: float) -> None:
    """Add the share of a row that is not served (§7.1)."""
    nothing, all_of_it, weight = asked.dtype.type(0.0), asked.dtype.type(1.0), asked.dtype.type(weight)
    for r in range(len(asked)):
        short = all_of_it - served[r] / asked[r] if asked[r] > nothing else nothing
        unserved[r] += short
        weighted[r] += short * weight


@kernel_apart
def note_out(asked: Floats, served: Floats, first_out: Smalls, day: int, never: int) -> None:
    """Note the first day on which not all was served."""
    one, slack = asked.dtype.type(1.0), asked.dtype.type(TOLERANCE)
    for r in range(len(asked)):
        short = asked[r] - served[r] > slack * max(asked[r], one)
        out = day if short else never
        first_out[r] = min(first_out[r], out)


@kernel_apart
def serve_whole(
    stock: Floats,
    asked: Floats,
    served: Floats,
    total_asked: Floats,
    total_served: Floats,
    first_out: Smalls,
    unserved: Floats,
    weighted: Floats,
    weight: float,
    floor: float,
    day: int,
    never: int,
) -> int:
    """Do `serve_from`, `add_up`, `add_short` and `note_out` in one pass, where one row of a node is to be served wholly.

    Returns in how many replications not all was served.
    """
    real, n_short, today, none = stock.dtype.type, 0, np.int32(day), np.int32(never)
    nothing, one, slack, weight, floor = real(0.0), real(1.0), real(TOLERANCE), real(weight), real(floor)
    for r in range(len(asked)):
        want = asked[r]
        got = max(min(want, stock[r] - floor), nothing)
        stock[r] -= got
        served[r] = got
        total_asked[r] += want
        total_served[r] += got
        short = one - got / want if want > nothing else nothing
        unserved[r] += short
        weighted[r] += short * weight
        is_short = want - got > slack * max(want, one)
        n_short += is_short
        first_out[r] = min(first_out[r], today if is_short else none)
    return n_short


@kernel_apart
def count_short(asked: Floats, served: Floats, live: int) -> int:
    """Return in how many of the first `live` replications not all was served."""
    n_short, one, slack = 0, asked.dtype.type(1.0), asked.dtype.type(TOLERANCE)
    for r in range(live):
        n_short += asked[r] - served[r] > slack * max(asked[r], one)
    return n_short


@kernel_apart
def ends_of(values: Ints | Smalls, live: int) -> tuple[int, int]:
    """Return the least and the most of the first `live` values.

    They are the bits of numbers that are not negative, and order as those do: only whole numbers are compared several at a time.
    """
    least, most = values[0], values[0]
    for r in range(live):
        least, most = min(least, values[r]), max(most, values[r])
    return least, most


@kernel_apart
def count_scale(quantity: Floats, top: float, counts: Smalls, step: Smalls, tally: Smalls, live: int) -> None:
    """Count quantities by step of an even scale: step 0 is nothing, step k from k - 1 parts to below k parts of it.

    Parameters
    ----------
    quantity
        [item unit]
    top
        Where the scale ends.
    counts
        (BINS + 2,) to which the counts are added.
    step
        (width,) room.
    tally
        (APART * (BINS + 2),) room, zero before and after.
    live
        How many replications count.
    """
    real, size = quantity.dtype.type, BINS + 2
    none, highest, to_step, nothing = real(0.0), real(BINS), real(BINS / top), real(TOLERANCE * 1e-3)
    for r in range(live):
        step[r] = np.int32(min(max(quantity[r] * to_step, none), highest)) + np.int32(quantity[r] > nothing)
    whole = live // APART * APART
    for r in range(0, whole, APART):
        tally[np.uint64(step[r])] += 1
        tally[np.uint64(step[r + 1] + size)] += 1
        tally[np.uint64(step[r + 2] + 2 * size)] += 1
        tally[np.uint64(step[r + 3] + 3 * size)] += 1
    for r in range(whole, live):
        tally[np.uint64(step[r])] += 1
    for k in range(size):
        counts[k] += tally[k] + tally[k + size] + tally[k + 2 * size] + tally[k + 3 * size]
    for k in range(APART * size):
        tally[k] = 0
