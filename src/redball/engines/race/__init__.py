"""The race: thousands of random futures of a scenario, with or without a plan.

``race`` is the verb; ``build`` turns the scenario into the world that ``kernel`` runs day by day, ``tally`` counts, ``read``
makes tables of the counts. Only ``compiled`` imports numba.
"""
