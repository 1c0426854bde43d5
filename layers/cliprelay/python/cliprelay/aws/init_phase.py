"""The end of a sandbox's INIT phase: the import of the handler, for which AWS gives a whole processor."""

import gc
from collections.abc import Callable

from cliprelay import settings, telemetry


def end_of_init(*builders: Callable[[], object]) -> None:
    """On Lambda, build what the first request needs already now; elsewhere each part is built on first use.

    An error, such as a missing setting, is logged and left to the invocation, which builds the part again and fails with the same error.
    Raised here, it would end the sandbox, and Lambda would repeat INIT at every invocation.
    """
    if settings.is_lambda():
        try:
            for build in builders:
                build()
        except Exception as error:
            telemetry.log_failed_init(error)
    if settings.is_sandbox():
        gc.freeze()  # what was imported and built stays until the sandbox ends, so no collection needs to look at it
    gc.enable()
