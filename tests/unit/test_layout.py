"""The path of a test follows from the path of the code, for every module; what departs from it is listed here with its reason."""

import ast
from collections.abc import Iterator
from pathlib import Path

from tests.support.paths import ROOT

TESTS = ROOT / "tests"
UNIT = TESTS / "unit"
PACKAGE = ROOT / "layers/cliprelay/python/cliprelay"

# Module -> the tests that exercise it, as paths under tests/, and why it has no test file of its own.
EXERCISED_ELSEWHERE: dict[str, tuple[tuple[str, ...], str]] = {
    "api/http/accepted_values": (("unit/api/v1/test_videos_create.py",), "words inside the answers to refused orders"),
    "api/http/answers": (("unit/api/test_app.py",), "the form of every answer"),
    "api/http/bodies": (("unit/api/v1/test_webhook.py", "unit/images/test_uploads.py"), "words inside the answers to refused bodies"),
    "api/http/error_codes": (("unit/api/openapi/test_document.py",), "data; every code is in the document and in use"),
    "api/http/pagination": (("unit/api/v1/test_videos_read.py",), "seen in the pages of a list"),
    "api/http/problems": (("unit/api/v1/test_error_handlers.py",), "seen in every refusal"),
    "api/http/request": (("unit/api/http/test_endpoints.py",), "a record of what every route gets"),
    "api/http/schemas": (("unit/api/openapi/test_document.py",), "types of the document"),
    "api/http/strict_json": (("unit/api/test_hostile_requests.py",), "seen in the answers to bodies that are no JSON"),
    "api/openapi/postprocess": (("unit/api/openapi/test_document.py",), "one of two halves of the document"),
    "api/openapi/resolver": (("unit/api/openapi/test_document.py",), "one of two halves of the document"),
    "api/services": (("unit/test_wiring.py",), "a record of parts, without behaviour"),
    "api/v1/deliveries": (("unit/webhooks/test_dispatch.py",), "thin routes over the dispatch of webhooks"),
    "api/v1/links": (("unit/video/test_links.py",), "thin routes over links"),
    "api/v1/operations/usage": (("unit/api/openapi/test_document.py",), "part of the document"),
    **{
        f"api/v1/operations/{name}": (("unit/api/openapi/test_document.py",), "signatures for the document, which nothing calls")
        for name in ("deliveries", "document", "links", "models", "order_body", "quotes", "uploads", "videos", "webhook")
    },
    "api/openai/answers": (("unit/api/openai/test_orders.py", "unit/api/openai/test_videos.py"), "the headers of every answer"),
    "api/openai/prefix": (("unit/api/openai/test_routes.py",), "the paths"),
    "api/ark/tasks": (("unit/api/ark/test_routes.py",), "seen in the lists"),
    "faces/events": (("unit/steps/test_deliver.py",), "chooses the form of an event"),
    "orders/origin": (("unit/orders/test_intake_repeats.py",), "a record of where an order came from"),
    "orders/draft": (("unit/orders/test_intake.py",), "the record that intake stores"),
    "orders/max_cost": (("unit/orders/test_intake_limits.py",), "two questions about the price, which intake asks"),
    "orders/refusals": (("unit/orders/test_intake.py", "unit/orders/test_intake_limits.py"), "seen in what intake refuses"),
    "orders/reader": (("unit/api/v1/test_videos_create.py",), "reads the body of an order"),
    "api/v1/quotes": (("unit/api/v1/test_models.py",), "a thin route; quotes stand beside the models that they price"),
    "api/v1/schemas/models": (("unit/api/openapi/test_document.py",), "types of the document"),
    "api/v1/schemas/quotes": (("unit/api/openapi/test_document.py",), "types of the document"),
    "api/v1/schemas/uploads": (("unit/images/test_uploads.py",), "types of the document, and the checks of one body"),
    "api/v1/schemas/usage": (
        ("unit/api/openapi/test_document.py", "unit/api/v1/test_usage.py"),
        "types of the document, compared with answers",
    ),
    "api/v1/schemas/videos": (("unit/api/openapi/test_document.py",), "types of the document"),
    "api/v1/schemas/webhooks": (("unit/api/openapi/test_document.py",), "types of the document"),
    "api/v1/uploads": (("unit/images/test_uploads.py",), "a thin route over uploads"),
    "api/v1/views/models": (("unit/api/v1/test_models.py",), "seen in the answers"),
    "api/v1/views/usage": (("unit/api/v1/test_usage.py",), "seen in every report"),
    "api/v1/views/webhooks": (("unit/api/v1/test_webhook.py",), "seen in the answers"),
    "aws/lambda_context": (("unit/test_wiring.py",), "one line, reached by every handler with a deadline"),
    "catalog/aliases": (("unit/catalog/test_registry.py",), "data"),
    "catalog/data_handling": (("unit/api/v1/test_models.py",), "data, seen in every model"),
    "catalog/micros": (("unit/tenants/test_budgets.py", "unit/video/test_charge.py"), "seen in every amount"),
    "catalog/model": (("unit/catalog/test_registry.py",), "the form of an entry, shown by the entries"),
    "catalog/seedance_1_0": (("unit/catalog/test_registry.py",), "data"),
    "catalog/seedance_1_5": (("unit/catalog/test_registry.py",), "data"),
    "errors": (
        ("unit/upstream/myrouter/test_client.py", "unit/api/v1/test_error_handlers.py"),
        "the types of errors; who raises and who answers them shows their use",
    ),
    "images/errors": (("unit/images/test_probe.py",), "the type of a refusal; the probe shows all of its codes"),
    "images/header": (("unit/images/formats/test_png.py",), "a record without behaviour"),
    "local/aws/dynamodb/account": (("contract/test_dynamodb.py",), "records that the operations share"),
    "local/aws/dynamodb/administration": (("contract/test_dynamodb_tables.py",), "operations that moto has, too, so both are asked"),
    "local/aws/dynamodb/batches": (("contract/test_dynamodb_requests.py",), "operations that every DynamoDB has, so all are asked"),
    "local/aws/dynamodb/catalog": (
        (
            "contract/test_dynamodb_tables.py",
            "unit/local/aws/dynamodb/test_service.py",
        ),
        "the tables behind the operations on them",
    ),
    "local/aws/dynamodb/descriptions": (("contract/test_dynamodb_tables.py",), "the words of the answers"),
    "local/aws/dynamodb/errors": (("contract/test_dynamodb.py",), "the types of errors; the rules show each code"),
    "local/aws/dynamodb/expressions/conditions": (
        (
            "contract/test_dynamodb.py",
            "contract/test_dynamodb_requests.py",
        ),
        "every DynamoDB evaluates the same conditions",
    ),
    "local/aws/dynamodb/expressions/key_conditions": (
        (
            "contract/test_dynamodb_values.py",
            "contract/test_dynamodb_requests.py",
        ),
        "every DynamoDB reads the same ranges",
    ),
    "local/aws/dynamodb/expressions/projections": (("contract/test_dynamodb_requests.py",), "every DynamoDB shows the same attributes"),
    "local/aws/dynamodb/expressions/reader": (("contract/test_dynamodb.py",), "reads the texts of all expressions"),
    "local/aws/dynamodb/expressions/reserved_words": (("contract/test_dynamodb.py",), "a list of moto, which refuses them"),
    "local/aws/dynamodb/expressions/updates": (
        (
            "contract/test_dynamodb.py",
            "contract/test_dynamodb_requests.py",
        ),
        "every DynamoDB makes the same changes",
    ),
    "local/aws/dynamodb/keys": (
        (
            "contract/test_dynamodb.py",
            "unit/local/aws/dynamodb/test_endpoint.py",
        ),
        "keys and placeholders, of which every operation has some",
    ),
    "local/aws/dynamodb/model": (("unit/local/aws/dynamodb/test_endpoint.py",), "asked about malformed requests"),
    "local/aws/dynamodb/operations": (("contract/test_dynamodb.py",), "a table of operations"),
    "local/aws/dynamodb/parameters": (("unit/local/aws/dynamodb/test_endpoint.py",), "what is refused by name, seen in the answers"),
    "local/aws/dynamodb/reads": (
        (
            "contract/test_dynamodb.py",
            "contract/test_dynamodb_values.py",
        ),
        "every DynamoDB gives the same pages",
    ),
    "local/aws/dynamodb/schema": (
        (
            "contract/test_dynamodb_tables.py",
            "contract/test_dynamodb_values.py",
        ),
        "what a table may be, and which items fit",
    ),
    "local/aws/dynamodb/stored_tokens": (("unit/local/aws/dynamodb/test_service.py",), "survives a restart, as the service does"),
    "local/aws/dynamodb/table": (("contract/test_dynamodb.py",), "the interface of a table"),
    "local/aws/dynamodb/transactions": (("contract/test_dynamodb.py",), "every DynamoDB writes all or nothing"),
    "local/aws/dynamodb/writes": (("contract/test_dynamodb.py",), "every DynamoDB decides a write by its condition"),
    "local/aws/errors": (("contract/test_dynamodb.py",), "the type of an error answer"),
    "local/aws/moto/patches": (
        ("unit/local/aws/moto/test_step_functions.py", "unit/local/aws/moto/test_transactions.py", "integration/test_local_service.py"),
        "reaches into moto for the whole process, which a running service shows",
    ),
    "local/aws/s3/form_upload": (
        ("unit/local/aws/s3/test_form_policy.py",),
        "stores what the policy allows; both are asked through the same door",
    ),
    "local/aws/s3/api/answers": (("contract/test_s3_objects.py",), "the form of every answer"),
    "local/aws/s3/api/body": (
        (
            "contract/test_s3_presigned.py",
            "unit/local/aws/s3/test_app.py",
        ),
        "framed, short and broken bodies are compared with moto, or refused",
    ),
    "local/aws/s3/api/buckets": (("contract/test_s3_objects.py",), "compared with moto"),
    "local/aws/s3/api/conditions": (
        (
            "contract/test_s3_reads.py",
            "contract/test_s3_objects.py",
        ),
        "compared with moto",
    ),
    "local/aws/s3/api/copies": (("contract/test_s3_objects.py",), "compared with moto"),
    "local/aws/s3/api/headers": (
        (
            "contract/test_s3_objects.py",
            "unit/local/aws/s3/test_app.py",
        ),
        "stored headers are compared with moto; the others are refused",
    ),
    "local/aws/s3/api/lists": (("contract/test_s3_lists.py",), "compared with moto"),
    "local/aws/s3/api/multipart": (("contract/test_s3_multipart.py",), "compared with moto"),
    "local/aws/s3/api/numbers": (("contract/test_s3_lists.py",), "one look-up in a query"),
    "local/aws/s3/api/objects": (
        (
            "contract/test_s3_objects.py",
            "contract/test_s3_reads.py",
        ),
        "compared with moto",
    ),
    "local/aws/s3/api/ranges": (("contract/test_s3_reads.py",), "compared with moto"),
    "local/aws/s3/api/receive": (
        (
            "contract/test_s3_presigned.py",
            "unit/local/aws/s3/test_app.py",
        ),
        "wrong checksums are refused through the API",
    ),
    "local/aws/s3/api/xml_body": (("unit/local/aws/s3/test_app.py",), "malformed documents are refused through the API"),
    "local/aws/s3/moto_buckets": (("contract/test_s3_presigned.py",), "reads moto's rules for web pages"),
    "local/aws/s3/routing": (
        (
            "unit/local/aws/s3/test_app.py",
            "contract/test_s3_objects.py",
        ),
        "every operation is reached through it",
    ),
    "local/aws/s3/store/index": (("unit/local/aws/s3/store/test_store.py",), "the rows of the store"),
    "local/aws/s3/store/listing": (("contract/test_s3_lists.py",), "random keys are compared with their sorted names"),
    "local/aws/server": (("integration/test_local_service.py",), "a socket around moto"),
    "local/demo/draw_lighthouse": (("integration/test_nothing_leaks.py",), "drew one picture, which is stored"),
    "local/demo/webhooks": (("unit/local/receiver/test_server.py",), "prints what the receiver has verified; `make demo` is its trial"),
    "local/gateway/cors": (("unit/local/gateway/test_events.py",), "the last step of the translation of an answer"),
    "local/lambda_runtime/bootstrap": (("unit/local/lambda_runtime/test_pool.py",), "runs in a process of its own, which the pool starts"),
    "local/lambda_runtime/fork_server": (("unit/local/lambda_runtime/test_forks.py",), "runs in a process of its own, which forks start"),
    "local/lambda_runtime/invoker": (("unit/local/aws/test_eventbridge.py",), "tries again what the rules of EventBridge have begun"),
    "local/lambda_runtime/processes": (("unit/local/lambda_runtime/test_pool.py",), "one of two ways in which the pool starts a process"),
    "local/lambda_runtime/shared_imports": (("unit/local/lambda_runtime/test_forks.py",), "runs in the process that forks the sandboxes"),
    "local/lambda_runtime/sandbox": (("unit/local/lambda_runtime/test_pool.py",), "one process of the pool"),
    "local/paths": (("docs/test_readme.py",), "one constant; nothing of the tools starts without it"),
    "local/receiver/command": (("unit/local/receiver/test_server.py",), "a thin command line over the receiver"),
    "local/serve/options": (("unit/local/serve/test_command.py",), "the flags of the command"),
    "local/serve/own_folder": (
        ("unit/local/state/test_folder.py", "unit/local/serve/test_banner.py"),
        "seen in every start, and in every refusal to start",
    ),
    "local/serve/service": (
        ("integration/test_local_service.py", "integration/shared_service/test_local_product.py"),
        "starts every part in its order",
    ),
    "local/simulator/contract/errors": (("unit/local/simulator/routes/test_create.py",), "the envelope of refusals, and a table of words"),
    "local/simulator/contract/paths": (("unit/local/simulator/routes/test_create.py",), "data"),
    "local/simulator/contract/pricing": (("unit/local/simulator/tasks/test_ledger.py",), "the prices by which the ledger charges"),
    "local/simulator/faults/catalogue": (
        ("unit/local/simulator/faults/test_directives.py",),
        "data, which the grammar of directives reads",
    ),
    "local/simulator/faults/downloads": (("unit/local/simulator/routes/test_downloads.py",), "a table of faults, each shown by its answer"),
    "local/simulator/faults/responses": (
        ("unit/local/simulator/routes/test_create.py", "unit/local/simulator/routes/test_poll.py"),
        "odd answers, each shown by the route that gives it",
    ),
    "local/simulator/http/request": (("unit/local/simulator/http/test_server.py",), "a record of a request"),
    "local/simulator/media/cache": (
        ("unit/local/simulator/media/test_encoder.py", "unit/local/simulator/test_state.py"),
        "its work is the encoded video, and how long it is kept",
    ),
    "local/simulator/media/frames": (("unit/local/simulator/media/test_encoder.py",), "its frames are seen in the encoded video"),
    "local/simulator/media/scenes": (("unit/local/simulator/media/test_encoder.py",), "its scenes are seen in the encoded video"),
    "local/simulator/routes/acceptance": (("unit/local/simulator/routes/test_create.py",), "the end of a create that passed every check"),
    "local/simulator/routes/auth": (
        ("unit/local/simulator/routes/test_create.py", "unit/local/simulator/routes/test_poll.py"),
        "the beginning of every create and poll",
    ),
    "local/simulator/routes/bodies": (("unit/local/simulator/routes/test_poll.py",), "the bodies of the answers to polls"),
    "local/simulator/routes/create_faults": (
        ("unit/local/simulator/routes/test_create.py",),
        "a table of faults, each shown by its answer",
    ),
    "local/simulator/routes/router": (("unit/local/simulator/http/test_server.py",), "every request of a test goes through it"),
    "local/simulator/tasks/counts": (("unit/local/simulator/tasks/test_journal.py",), "what the journal writes along"),
    "local/stack/context": (("unit/local/stack/test_compute.py",), "records that the makers of resources fill"),
    "local/stack/resource_types": (("unit/local/stack/test_template.py",), "a list, compared with the template"),
    "local/state/sync": (("unit/local/state/test_key_file.py",), "one call of the system, which only a power loss can judge"),
    "media/mp4/boxes": (("unit/media/mp4/test_check.py",), "reads the boxes of every file that is checked"),
    "media/mp4/fragments": (("unit/media/mp4/test_check.py",), "one of two ways in which a file names its samples"),
    "net/guarded_session": (("unit/images/test_remote.py",), "the session that the guard gives; the guard's tests ask through it"),
    "net/guard": (
        ("security/ssrf/test_guard.py", "security/ssrf/test_rebinding.py", "security/ssrf/test_disguises.py"),
        "a defence is shown by the attacks on it",
    ),
    "notifications/alarms": (("unit/steps/test_sweep_budgets.py",), "one call, seen in every notice"),
    "operate/commands/deliver": (("unit/operate/commands/test_resolve_deliver.py",), "one way to resolve a video"),
    "operate/commands/resend": (("unit/operate/commands/test_webhooks.py",), "sends the webhooks that the other commands set"),
    "operate/recount": (("unit/operate/commands/test_usage.py",), "seen in the command's output"),
    "operate/recovery/marking": (("unit/operate/commands/test_restore.py",), "what the command does to each video"),
    "operate/recovery/report": (("unit/operate/commands/test_restore_copy.py",), "counts, seen in what the command prints"),
    "operate/stores": (("unit/operate/commands/test_videos.py",), "builds the product's tables for the commands"),
    "operate/views/copies": (("unit/operate/commands/test_resolve_deliver.py",), "lines of the text that a command prints"),
    "operate/views/video": (("unit/operate/commands/test_videos.py",), "the text that a command prints"),
    "orders/invalid_order": (("unit/orders/test_parser.py",), "a record of what the parser found"),
    "orders/quote": (("unit/api/v1/test_models.py",), "a quote is compared with the order and the catalog there"),
    "orders/relay_fields": (("unit/orders/test_order.py",), "fields of an order that the relay keeps for itself"),
    "settings": (("unit/test_wiring.py",), "read through the parts that are built from it"),
    "steps/sweep_deliveries": (("unit/steps/test_deliver.py",), "repairs what a delivery has lost"),
    "version": (("docs/test_names.py",), "one constant, compared with the changelog"),
    "upstream/contract": (("contract/test_upstream.py",), "types; every provider is held against them"),
    "upstream/myrouter/wire": (("unit/upstream/myrouter/test_request.py", "contract/test_upstream.py"), "data, and its one look-up"),
    "video/executions": (("unit/aws/test_executions.py",), "names for the executions of a state machine"),
    "video/spend": (("unit/tenants/test_budgets.py", "unit/video/test_table.py"), "seen in every ending and every reservation"),
    "video/view": (("unit/api/v1/test_videos_read.py",), "seen in the answers"),
}
# Test modules under tests/unit whose subject is more than one module.
OF_SEVERAL_MODULES = {
    "test_layout": "the tree itself",
    "test_promised_numbers": "numbers of many modules, in one table",
    "api/test_hostile_requests": "every route under malformed requests",
    "api/openapi/test_document": "the document that both modules make together",
    "api/test_tenant_isolation": "every route, asked by another tenant",
    "local/simulator/test_client": "a task's whole life, as a customer of the simulator sees it",
}


def _modules(*further: str) -> set[str]:
    """Every module of the product, `local`, `operate` and `further` folders, as the path of its test would be without `test_`."""
    rooms = {PACKAGE: ""} | {ROOT / name: f"{name}/" for name in ("local", "operate", *further)}
    return {
        f"{prefix}{path.relative_to(folder).with_suffix('').as_posix()}"
        for folder, prefix in rooms.items()
        for path in folder.rglob("*.py")
        if path.stem not in ("__init__", "__main__")
    }


def _unit_tests() -> set[str]:
    return {path.relative_to(UNIT).with_suffix("").as_posix() for path in UNIT.rglob("test_*.py")}


def _subject(test: str, subjects: set[str]) -> str | None:
    """The subject whose name a test module bears, alone or before `_` and a part of it; the longest name wins."""
    bare = test.rpartition("/")[0] + "/" * ("/" in test) + test.rpartition("/")[2].removeprefix("test_")
    fitting = [subject for subject in subjects if bare == subject or bare.startswith(f"{subject}_")]
    return max(fitting, key=len, default=None)


def _folders(modules: set[str]) -> set[str]:
    return {parent.as_posix() for module in modules for parent in Path(module).parents if parent != Path()}


def _imports(path: Path) -> Iterator[str]:
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            yield from (f"{node.module}.{alias.name}" for alias in node.names)


def _definitions(path: Path) -> list[ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef]:
    return [each for each in ast.parse(path.read_text()).body if isinstance(each, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef)]


def _is_fixture(definition: ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef) -> bool:
    return any(ast.unparse(each).startswith("pytest.fixture") for each in definition.decorator_list)


def test_every_module_has_a_test_at_the_mirrored_path_or_a_reason() -> None:
    modules = _modules()
    tested = {_subject(test, modules) for test in _unit_tests()}
    assert sorted(modules - tested - set(EXERCISED_ELSEWHERE)) == []


def test_every_exception_names_an_existing_module_that_has_no_test_of_its_own() -> None:
    modules = _modules()
    tested = {_subject(test, modules) for test in _unit_tests()}
    assert sorted(set(EXERCISED_ELSEWHERE) - modules) == []
    assert sorted(set(EXERCISED_ELSEWHERE) & tested) == []


def test_every_exception_has_a_reason_and_names_test_modules_that_exist() -> None:
    assert [module for module, (tests, reason) in EXERCISED_ELSEWHERE.items() if not tests or not reason] == []
    named = {test for tests, _ in EXERCISED_ELSEWHERE.values() for test in tests}
    assert sorted(test for test in named if not Path(test).name.startswith("test_") or not (TESTS / test).is_file()) == []


def test_every_unit_test_belongs_to_a_module_or_a_folder_at_the_same_path() -> None:
    modules = _modules("tools")
    subjects = modules | _folders(modules)
    assert sorted(test for test in _unit_tests() - set(OF_SEVERAL_MODULES) if _subject(test, subjects) is None) == []


def test_every_test_of_several_modules_exists_and_bears_no_module_s_name() -> None:
    assert sorted(set(OF_SEVERAL_MODULES) - _unit_tests()) == []
    assert sorted(test for test in OF_SEVERAL_MODULES if _subject(test, _modules())) == []


def test_no_test_module_is_imported_by_another_file() -> None:
    tests = {path.stem for path in TESTS.rglob("test_*.py")}
    found = [
        f"{path.relative_to(ROOT)} imports {name}"
        for path in TESTS.rglob("*.py")
        for name in _imports(path)
        if name.startswith("tests.") and tests & set(name.split("."))
    ]
    assert sorted(found) == []


def test_the_support_folder_holds_no_test() -> None:
    files = [path for path in (TESTS / "support").rglob("*.py") if path.stem.startswith("test_") or path.stem == "conftest"]
    definitions = [each.name for path in (TESTS / "support").rglob("*.py") for each in _definitions(path)]
    assert files == []
    assert [name for name in definitions if name.startswith(("test_", "Test"))] == []


def test_every_definition_in_a_conftest_is_a_fixture() -> None:
    files = list(TESTS.rglob("conftest.py"))
    assert [f"{path.relative_to(ROOT)}: {each.name}" for path in files for each in _definitions(path) if not _is_fixture(each)] == []
