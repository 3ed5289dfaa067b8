"""The process that works on one run: ``python -m lab.worker FOLDER [--resume]``.

Also what ``torchrun`` starts, once per device.
"""

import os
import sys
import traceback
from pathlib import Path

from lab import body, crowd
from lab.body import DONE, FAILED, End
from lab.crowd import CrowdedError
from lab.events import Events


def main(arguments: list[str]) -> int:
    """Work on the run to its end; the exit status says how it went."""
    folder = Path(arguments[0])
    is_resumed = "--resume" in arguments
    body.begin()
    if os.environ.get("RANK", "0") != "0":
        return _other_rank(folder, resume=is_resumed)

    def work(events: Events) -> End:
        from lab import session

        return session.run(folder, events, resume=is_resumed)

    try:
        return body.to_the_end(folder, work, hands_over=CrowdedError)
    except CrowdedError as error:
        crowd.start_over(folder, error.taken)


def _other_rank(folder: Path, *, resume: bool) -> int:
    from lab import session

    try:
        session.run(folder, None, resume=resume)
    except Exception:  # noqa: BLE001 -- rank 0 tells the run; this is for the log
        traceback.print_exc()
        return FAILED
    # Also where the loss diverged: torchrun would end rank 0 in the middle of its last word.
    return DONE


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
