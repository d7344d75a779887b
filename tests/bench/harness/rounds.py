"""rounds: things to be compared take turns, A B A B, and are compared round by round.

Machines are noisy, and noise comes and goes: two measurements made one second apart have more in
common than two made a minute apart. So all variants run once in each round, in an order that turns
around from round to round; a ratio is formed within its round; and of all rounds the median stands,
with the quartiles to show how far to trust it.
"""

import statistics
from typing import NamedTuple


class Spread(NamedTuple):
    """A median and the quartiles around it."""

    low: float
    median: float
    high: float

    def __format__(self, spec):
        return f"{self.median:{spec}} ({self.low:{spec}}-{self.high:{spec}})"


def spread(values):
    values = sorted(values)
    if len(values) == 1:
        return Spread(values[0], values[0], values[0])
    return Spread(*statistics.quantiles(values, n=4, method="inclusive"))


def interleave(variants, rounds):
    """Runs each variant (a name and a function without arguments) once in each round.

    Returns {name: [what its function returned in round 1, in round 2, ...]}.
    """
    results = {name: [] for name in variants}
    order = list(variants)
    for _ in range(rounds):
        for name in order:
            results[name].append(variants[name]())
        order.reverse()
    return results


def of(samples, key):
    """One number out of each of a variant's results, which are dictionaries."""
    return [sample[key] for sample in samples]


def ratio(ours, theirs):
    """The spread of the quotients, each formed within its round."""
    return spread([our / their for our, their in zip(ours, theirs, strict=True)])
