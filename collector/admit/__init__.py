"""May it enter, and whom does it speak for? Sources, origins, api keys and signed tokens."""

from collector.admit.beacon import admit_beacon
from collector.admit.token import admit, confirm

__all__ = ["admit", "admit_beacon", "confirm"]
