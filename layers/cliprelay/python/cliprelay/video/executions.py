"""Executions of videos: one per video and run."""

from cliprelay.aws.executions import ExecutionState, Machine


class Executions(Machine):
    """The state machine of videos."""

    def start(self, video_id: str, run: int) -> None:
        """Start the execution of a run; idempotent."""
        self.begin(f"{video_id}-{run}", {"video_id": video_id, "run": run})

    def state(self, video_id: str, run: int) -> ExecutionState:
        """Return whether the execution of a run is running, closed, never started, or not known."""
        return self.execution_state(f"{video_id}-{run}")
