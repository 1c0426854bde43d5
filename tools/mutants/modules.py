"""The modules of the money path, and the tests that reach each, in tiers: a later tier runs for what the earlier ones did not notice."""

PACKAGE = "layers/cliprelay/python/cliprelay"

# Paths below tests/.
Tests = tuple[str, ...]

_SUBMIT = tuple(f"unit/steps/test_submit_{part}.py" for part in ("claim", "outcomes", "evidence", "key"))
_ARCHIVE = ("unit/steps/test_archive.py", "unit/steps/test_archive_unverified.py")
_STEPS = (*_SUBMIT, "unit/steps/test_poll.py", *_ARCHIVE, "unit/steps/test_notify.py", "unit/steps/test_sweep.py")
_API = ("unit/api/v1/test_videos_create.py", "unit/api/v1/test_videos_read.py")
_OPERATE = tuple(f"unit/operate/commands/test_{name}.py" for name in ("restore", "resolve", "resolve_deliver", "videos", "pause"))
_DELIVER = ("unit/webhooks", "unit/steps/test_deliver.py", "unit/api/v1/test_webhook.py")
_UPSTREAM = ("unit/upstream", "contract/test_upstream.py")
# With --simulation, for what is left of any module.
SIMULATION: Tests = (
    "contract/faults/test_table.py",
    "simulation/test_workflow.py",
    "simulation/test_runs.py",
    "simulation/test_late_answers.py",
)

_TESTS: dict[str, tuple[Tests, ...]] = {
    "video/states": (("unit/video/test_states.py",), ("unit/video/test_table.py",), _STEPS),
    "video/table": (
        ("unit/video/test_table.py",),
        ("unit/video/test_links.py", "unit/workflow/test_resolution.py", *_STEPS),
        (*_API, *_OPERATE),
    ),
    "video/idempotency": (("unit/video/test_idempotency.py",), ("unit/orders/test_intake.py", *_API)),
    "video/record": (("unit/video/test_record.py",), ("unit/video", "unit/workflow"), _API, _STEPS),
    "video/links": (("unit/video/test_links.py",), _API),
    "video/kept_copies": (("unit/video/test_kept_copies.py",), _ARCHIVE),
    "video/cost": (("unit/video/test_cost.py",), _API),
    "workflow/decisions": (("unit/workflow/test_decisions.py", "unit/video/test_cost.py"), ("unit/steps/test_poll.py",), _STEPS),
    "workflow/settlement": (("unit/workflow/test_settlement.py",), _SUBMIT),
    "workflow/schedule": (("unit/workflow/test_schedule.py",), ("unit/workflow", "unit/steps/test_poll.py", *_SUBMIT)),
    "workflow/resolution": (("unit/workflow/test_resolution.py", "unit/workflow/test_resolution_deliver.py"), _OPERATE),
    "workflow/contract": (_SUBMIT, _STEPS, ("template/test_video_workflow.py",)),
    "admission/controls": (("unit/admission",), _SUBMIT),
    "admission/table": (("unit/admission",), (*_SUBMIT, "unit/operate/commands/test_pause.py")),
    "steps/submit": (_SUBMIT, ("unit/admission",)),
    "steps/poll": (("unit/steps/test_poll.py",),),
    "steps/archive": (_ARCHIVE, ("unit/media/test_bucket.py", "unit/workflow/test_resolution_deliver.py", *_OPERATE)),
    "steps/notify": (("unit/steps/test_notify.py",),),
    "steps/sweep": (("unit/steps/test_sweep.py",), ("unit/steps/test_deliver.py",)),
    "upstream/myrouter/answers": (
        ("unit/upstream/myrouter/test_answers.py", "unit/upstream/myrouter/test_answers_refusals.py", "unit/video/test_cost.py"),
        _UPSTREAM,
    ),
    "upstream/myrouter/codes": (("unit/upstream/myrouter/test_codes.py",), _UPSTREAM),
    "upstream/myrouter/quoting": (("unit/upstream/myrouter/test_quoting.py",), _UPSTREAM),
    "upstream/myrouter/client": (("unit/upstream/myrouter/test_client.py",), _UPSTREAM),
    "upstream/myrouter/request": (("unit/upstream/myrouter/test_request.py",), _SUBMIT, _UPSTREAM),
    "upstream/credentials": (("unit/upstream/test_credentials.py",), ("unit/steps/test_submit_key.py",)),
    "webhooks/retry_schedule": (("unit/webhooks/test_retry_schedule.py",), _DELIVER),
    "webhooks/sender": (("unit/webhooks/test_sender.py",), ("contract/receivers", *_DELIVER)),
}

# One table of numbers reaches them all.
MODULES = {name: (("unit/test_promised_numbers.py", *first), *others) for name, (first, *others) in _TESTS.items()}
