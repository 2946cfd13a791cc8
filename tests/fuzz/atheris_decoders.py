"""Coverage-guided fuzzing of one dialect, from the decoder to what the store would take.

    python -m tests.fuzz.atheris_decoders native [libFuzzer's options, as -max_total_time=600] [FOLDER]

FOLDER keeps the inputs that reach new code. What breaks the promise ends the run with its traceback, and
libFuzzer leaves the input as `crash-...`; it belongs into test_decoders.py, as a case with a name.
`make fuzz` installs atheris, which has no wheel for every machine, and runs all dialects.
"""

import sys
import tempfile
from pathlib import Path
from random import Random
from zlib import crc32

import atheris  # type: ignore[import-not-found,import-untyped,unused-ignore]

with atheris.instrument_imports(include=["collector"]):
    from collector.enrich import Enricher
    from collector.enrich.geo import Geo
    from tests.fuzz.dialects import DIALECTS
    from tests.fuzz.hostile import mutated
    from tests.fuzz.stages import POLICIES, Sender, settings_of, settle
    from tests.pipeline.make import make_source

MAX_BYTES = 100_000
"""Of an input: what is larger is slow to try, and the tests have cases of their own for it."""


def main() -> None:
    """Fuzz the dialect that the command names."""
    name, *options = sys.argv[1:]
    dialect = next(one for one in DIALECTS if one.name == name)
    folder = Path(tempfile.mkdtemp(prefix="fuzz-seeds-"))
    for number, seed in enumerate(dialect.seeds):
        (folder / f"{number:03}").write_bytes(seed)
    enricher = Enricher(Geo(None, folder))
    enricher.warm()
    senders = [
        Sender(make_source(policy=policy, settings=settings_of(name)), trusted=trusted)
        for name, policy in POLICIES.items()
        for trusted in (False, True)
    ]

    def one(content: bytes) -> None:
        settle(dialect, content, senders[crc32(content) % len(senders)], enricher)

    def mutate(content: bytes, max_size: int, seed: int) -> bytes:
        """Half of the changes are to the JSON, which libFuzzer knows nothing of."""
        random = Random(seed)
        if random.random() < 0.5:
            changed = mutated(random, content)
            if len(changed) <= max_size:
                return changed
        return bytes(atheris.Mutate(content, max_size))

    arguments = [
        sys.argv[0],
        f"-max_len={MAX_BYTES}",
        "-timeout=10",
        "-rss_limit_mb=2048",
        *options,
        str(folder),
    ]
    atheris.Setup(arguments, one, custom_mutator=mutate)
    atheris.Fuzz()


if __name__ == "__main__":
    main()
