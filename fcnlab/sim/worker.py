"""A program that takes pictures: `python -m fcnlab.sim.worker`, started by `fcnlab.sim.crew`.

It reads a batch as one line of JSON from stdin and answers on stdout with messages: a line of JSON, followed by as
many bytes as it announces. It ends when stdin ends, so that it never outlives who started it.
"""

import json
import os
import signal
import sys
import traceback
from typing import Any, BinaryIO

from fcnlab.errors import RenderError


def main() -> None:
    """Take every batch that is asked for."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C reaches all of the terminal's programs; the caller decides
    answers = os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)  # whatever a library prints must not get between the messages
    from fcnlab.sim.gl import Studio
    from fcnlab.sim.picture import Batch, take

    studio: Studio | None = None
    try:
        for line in sys.stdin.buffer:
            batch = Batch.model_validate_json(line)
            if studio is None or studio.side != batch.size:
                if studio is not None:
                    studio.close()
                studio = Studio(batch.size)
            for taken, image, mask in take(batch, studio):
                send(answers, {"taken": taken.model_dump(mode="json"), "sizes": [len(image), len(mask)]}, image + mask)
            send(answers, {"done": True})
    except RenderError as problem:
        send(answers, {"refused": [problem.message, problem.fix]})
    except BrokenPipeError:
        pass
    except Exception:
        send(answers, {"fault": traceback.format_exc()})
    finally:
        if studio is not None:
            studio.close()


def send(answers: BinaryIO, head: dict[str, Any], body: bytes = b"") -> None:
    """Write one message."""
    answers.write(json.dumps(head).encode() + b"\n" + body)
    answers.flush()


if __name__ == "__main__":
    main()
