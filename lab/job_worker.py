"""The process that works on one job: ``python -m lab.job_worker FOLDER``."""

import importlib
import sys
from pathlib import Path

from lab import body, jobs, uploads
from lab.body import End
from lab.events import Events
from lab.jobs import WORKED_BY, Report, StoppedError


def main(arguments: list[str]) -> int:
    """Work on the job to its end; the exit status says how it went."""
    folder = Path(arguments[0])
    body.begin()

    def work(events: Events) -> End:
        job = jobs.load(folder)
        module = importlib.import_module(WORKED_BY[job.kind])
        report = Report(folder, events)
        try:
            report.check()
            report.keep(module.work(job.request, report))
        except StoppedError:
            return "stopped", None
        finally:
            uploads.take_away(str(job.request.get("uploads", "")))
            events.put_meta(elapsed_s=report.elapsed_s)
        return "done", None

    return body.to_the_end(folder, work)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
