"""The executions that keep videos: one per video and run."""

from cliprelay.aws.executions import ExecutionState, Machine


class Executions(Machine):
    """The keepers of videos."""

    def start(self, video_id: str, run: int) -> None:
        """Start the keeper of that run; starting it again is harmless."""
        self.begin(f"{video_id}-{run}", {"video_id": video_id, "run": run})

    def state(self, video_id: str, run: int) -> ExecutionState:
        """Whether that run's execution runs, has closed, or was never started."""
        return self.execution_state(f"{video_id}-{run}")
