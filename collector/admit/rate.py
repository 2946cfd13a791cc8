"""How often each of many may come: so many a minute, which may come at once and then grow again evenly.

The generic cell rate algorithm: of each key one number is kept, the time from which on it would have
spent nothing. A counter a minute would let twice as many through around the turn of a minute, and a
list of recent requests would grow with whoever asks most.
"""

MAX_KEYS = 20_000
"""Keys that are remembered for certain; at most twice as many are held, some 10 MB."""

WINDOW_S = 60.0
"""What may come in it may also come at once, in seconds."""


class Rate:
    """What each key has spent. Times are seconds of a clock that never goes back."""

    def __init__(self, max_keys: int = MAX_KEYS) -> None:
        self._max_keys = max_keys
        # The keys seen last, and those before. When the first are full the second are forgotten at
        # once: that is cheaper, at the worst moment, than to look for the oldest.
        self._recent: dict[str, float] = {}
        self._older: dict[str, float] = {}

    def take(self, key: str, per_minute: float, now_s: float) -> float:
        """Spend one and return 0; or spend nothing, and return the seconds after which there will be one."""
        spent_s = max(self._spent(key), now_s)
        one_s = WINDOW_S / per_minute
        wait_s = spent_s + one_s - now_s - max(WINDOW_S, one_s)
        # A hair of a rounding error is no second to wait.
        if wait_s > 1e-6:
            self._keep(key, spent_s)
            return wait_s
        self._keep(key, spent_s + one_s)
        return 0.0

    def spend(self, key: str, per_minute: float, count: int, now_s: float) -> None:
        """Spend what is known only once the first was let in: what is too much is waited for."""
        self._keep(key, max(self._spent(key), now_s) + count * WINDOW_S / per_minute)

    def _spent(self, key: str) -> float:
        spent_s = self._recent.get(key)
        return self._older.get(key, 0.0) if spent_s is None else spent_s

    def _keep(self, key: str, spent_s: float) -> None:
        self._recent[key] = spent_s
        if len(self._recent) >= self._max_keys:
            self._recent, self._older = {}, self._recent
