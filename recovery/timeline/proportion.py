"""Shares of what was counted, how sure they are, and percentiles: numbers in, numbers out."""

from collections.abc import Mapping
from dataclasses import dataclass
from math import ceil, floor, sqrt

Z95 = 1.959963984540054  # of the normal distribution: 95 % lie within so many standard deviations
ENOUGH = 20  # fewer cases than this say little: an interval of theirs spans a third of the scale


def wilson(hits: int, of: int, z: float = Z95) -> tuple[float, float]:
    """The Wilson score interval of a share, 95 % unless told (E. B. Wilson, 1927).

    Unlike the textbook's share ± error it stays within 0 and 1, and says something of 0 hits too.
    Raises ValueError where there is nothing to have a share of.
    """
    if not 0 <= hits <= of or of == 0:
        raise ValueError(f"{hits} of {of}")
    share, spread = hits / of, z * z / of
    middle = share + spread / 2
    reach = z * sqrt((share * (1 - share) + spread / 4) / of)
    # At either end the bound is exact; computed, it would miss it by a rounding error.
    low = 0.0 if hits == 0 else (middle - reach) / (1 + spread)
    high = 1.0 if hits == of else (middle + reach) / (1 + spread)
    return low, high


@dataclass(frozen=True, slots=True)
class Share:
    """So many of so many."""

    hits: int
    of: int

    @property
    def is_enough(self) -> bool:
        return self.of >= ENOUGH

    @property
    def value(self) -> float:
        return self.hits / self.of

    @property
    def interval(self) -> tuple[float, float]:
        return wilson(self.hits, self.of)

    @property
    def percent(self) -> int:
        """Whole percent; 0 and 100 only where it is just that."""
        if self.hits in (0, self.of):
            return 100 * (self.hits > 0)
        return min(max(round(100 * self.value), 1), 99)

    @property
    def bounds(self) -> str:
        """The interval in whole percent, rounded outwards: “15–57 %”."""
        low, high = self.interval
        return f"{floor(100 * low)}–{ceil(100 * high)} %"

    @property
    def in_ten(self) -> str:
        """“6 in 10”, for the middle of a sentence; never “0 in 10” of some, never “10 in 10” of almost all."""
        if self.hits in (0, self.of):
            return "none" if self.hits == 0 else "all"
        tenths = round(10 * self.value)
        return {0: "fewer than 1 in 10", 10: "more than 9 in 10"}.get(tenths, f"{tenths} in\u00a010")


def percentile(counts: Mapping[int, int], part: float) -> int:
    """The smallest value that at least this part (0 to 1) of all values do not exceed. `counts`: how often each value came."""
    needed, seen = part * sum(counts.values()), 0
    for value in sorted(counts):
        seen += counts[value]
        if seen >= needed:
            return value
    raise ValueError("no values")
