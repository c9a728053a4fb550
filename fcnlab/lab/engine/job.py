"""A piece of work that was handed to a worker."""

from typing import TYPE_CHECKING, Any

from fcnlab.errors import EngineError, FcnLabError

if TYPE_CHECKING:
    from collections.abc import Callable


class Job:
    """What `Engine.submit` gives back.

    A training goes on when its job is dropped, or when this process ends; a look inside is given up then.
    """

    def __init__(self, future: Any) -> None:
        self._future = future

    @property
    def key(self) -> str:
        """The scheduler's name of the work."""
        return str(self._future.key)

    def done(self) -> bool:
        """Whether it has ended, well or not."""
        return bool(self._future.done())

    def result(self, timeout: float | None = None) -> Any:
        """Wait for the function's result.

        Args:
            timeout: Seconds to wait at most; None waits for ever.

        Raises:
            FcnLabError: What the function raised.
            EngineError: The time is over, the worker died, the work was cancelled or the engine was lost.
        """
        # Imported here: whoever holds a job has a client, and has paid for this import already.
        from distributed import CancelledError, KilledWorker

        try:
            return self._future.result(timeout)
        except FcnLabError:
            raise
        except TimeoutError:
            raise EngineError(
                f"There was no answer within {timeout:g} seconds.", "Try again when the worker is free."
            ) from None
        except KilledWorker:
            raise EngineError(
                "The worker process that did this work has died (killed, or out of memory).",
                "It restarts by itself: try again, with a smaller batch if memory is short.",
            ) from None
        except CancelledError:
            raise EngineError(
                "The work was cancelled, or the connection to the engine was lost.", "Start it again."
            ) from None
        except Exception as fault:
            raise EngineError(f"The work could not be done ({type(fault).__name__}: {fault}).") from fault

    def error(self) -> FcnLabError | None:
        """The error with which it ended; None when it ended well or has not ended yet."""
        if not self.done():
            return None
        try:
            self.result(timeout=10)
        except FcnLabError as problem:
            return problem
        return None

    def when_done(self, tell: "Callable[[Job], None]") -> None:
        """Call `tell(self)` when it has ended, in a thread of the connection's."""
        self._future.add_done_callback(lambda _: tell(self))

    def cancel(self) -> None:
        """Take it from the queue. Work that has begun cannot be cancelled: use `Run.request_stop`."""
        self._future.cancel(force=True)
