"""Build the planning model with Redball, in a process of its own: ``plan_build.py`` calls this."""

from __future__ import annotations

import sys

import numpy as np

from measure import measured, report
from redball.engines.plan.model import assemble
from redball.model.build import build
from redball.scenario.examples import sized


def main() -> None:
    scenario = sized(sys.argv[1], int(sys.argv[2]))
    model, figures = measured(lambda: assemble(build(scenario)))
    report(
        **figures,
        variables=model.n_variables,
        rows=model.n_rows,
        nonzeros=int(np.count_nonzero(model.matrix.data)),
        checksum=float(np.abs(model.matrix.data).sum()),
    )


if __name__ == "__main__":
    main()
