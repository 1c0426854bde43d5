"""What the upstream's documented error codes and phrases mean; a client's words never decide.

Sources: the error codes of MyRouter's platform family (Novita, JieKou, PPIO), those of the model's vendor (Ark), and a few that
OpenAI-compatible gateways in front of such platforms add. A code is compared as a whole, whatever its case and separators. A
message may quote the prompt, so only documented phrases are searched there, and never in what it quotes.
"""

import re
from enum import StrEnum


class Meaning(StrEnum):
    """What a code says; the values are our own codes, where they have one."""

    THROTTLED = "throttled"
    KEY = "upstream_key"
    BALANCE = "upstream_balance"
    QUOTA = "upstream_quota"
    MODERATED = "moderated"
    INVALID = "invalid_request"
    ROUTE = "model_unavailable"
    EXPIRED = "expired"
    REDIRECTED = "redirected"
    OPEN = "open"  # a fault of the upstream's own, which may or may not have taken the request


# As `_plain` writes them: without separators, in upper case.
_MEANINGS: dict[Meaning, str] = {
    # SERVEROVERLOADED may be a 429 or a 503. TOKEN_LIMIT_EXCEEDED is a throttle as a 429 only, by its status.
    Meaning.THROTTLED: """
        RATELIMITEXCEEDED MODELACCOUNTRPMRATELIMITEXCEEDED MODELACCOUNTTPMRATELIMITEXCEEDED MODELACCOUNTIPMRATELIMITEXCEEDED
        APIACCOUNTRPMRATELIMITEXCEEDED ACCOUNTRATELIMITEXCEEDED INFLIGHTBATCHSIZEEXCEEDED INFLIGHTLIMITEXCEEDED QUOTAEXCEEDED
        SERVEROVERLOADED SERVEROVERLOAD TOOMANYREQUESTS RATELIMIT THROTTLING THROTTLED""",
    Meaning.KEY: """
        MISSINGAPIKEY INVALIDAPIKEY FAILEDTOAUTH APINOTALLOWED FEATURENOTALLOWED NEEDREALNAMEVERIFY ACCESSDENY ACCESSDENIED
        AUTHENTICATIONERROR INVALIDACCOUNTSTATUS OPERATIONDENIED MODELNOTOPEN UNAUTHORIZED UNAUTHENTICATED PERMISSIONDENIED
        ACCOUNTDEACTIVATED""",
    Meaning.BALANCE: """
        NOTENOUGHBALANCE BILLINGBALANCENOTENOUGH BILLINGAUTHFAILED BILLINGFAILED ACCOUNTOVERDUEERROR ACCOUNTOVERDUE
        OPERATIONDENIEDSERVICEOVERDUE INSUFFICIENTBALANCE INSUFFICIENTFUNDS INSUFFICIENTCREDITS PAYMENTREQUIRED BILLINGNOTACTIVE
        ARREARAGE""",
    # SetLimitExceeded: the limit that the account's owner has set for the model; it does not pass by itself.
    Meaning.QUOTA: """
        INSUFFICIENTQUOTA INSUFFICIENTUSERQUOTA SETLIMITEXCEEDED QUOTAEXHAUSTED BILLINGHARDLIMITREACHED BILLINGLIMITREACHED
        PRECONSUMETOKENQUOTAFAILED EXCEEDEDCURRENTQUOTAERROR""",
    Meaning.MODERATED: "MODERATIONBLOCKED CONTENTFILTER SENSITIVEWORDSDETECTED",
    Meaning.INVALID: """
        INVALIDREQUESTBODY IMAGEFILEEXCEEDSMAXSIZE INVALIDIMAGEFORMAT IMAGEEXCEEDSMAXRESOLUTION INVALIDIMAGESIZE
        IMAGENOFACEDETECTED INVALIDAUDIOFILE INVALIDCUSTOMOUTPUTPATH MISSINGPARAMETER INVALIDPARAMETER INVALIDIMAGEURL""",
    Meaning.ROUTE: "APINOTFOUND MODELNOTFOUND INVALIDENDPOINTORMODEL",
    Meaning.EXPIRED: "TASKEXPIRED TASKTIMEOUT TASKSTATUSEXPIRED TASKSTATUSTIMEOUT",
    Meaning.OPEN: "CREATETASKFAILED GETRESULTFAILED TASKFAILED SERVICENOTAVAILABLE INTERNALSERVICEERROR INTERNALERROR",
}
_CODES = {code: meaning for meaning, codes in _MEANINGS.items() for code in codes.split()}
# The vendor's family of codes for refused content: whatever was looked at, and why, stands before and after these words.
_MODERATED_CODE = re.compile(
    r"\w*(SENSITIVECONTENT|RISKDETECTION|POLICYVIOLATION)\w*|ILLEGAL(PROMPT|TEXT|IMAGE|VIDEO|AUDIO|CONTENT|INPUT|OUTPUT)\w*"
)

# The code at the beginning of a text such as "InvalidParameter: ratio", or "error: [InvalidParameter] ratio".
_LEADING = re.compile(r"\W*(?:(?:error|code|reason|task failed|failed)\W+)*([A-Za-z][\w.]*)", re.IGNORECASE)

_QUOTED = re.compile(
    r"""(?<!\w)"[^"]*("|$)|(?<!\w)'([^']|'(?=\w))*('|$)|`[^`]*(`|$)|“[^”]*(”|$)|‘[^’]*(’|$)|«[^»]*(»|$)|「[^」]*(」|$)"""  # noqa: RUF001
    r"|(?<!\w)(prompt|text)\s*(is\s*)?[:=].*",
    re.IGNORECASE | re.DOTALL,
)
_MODERATED = re.compile(
    r"\bviolat(?:es?|ed|ing|ion of) (?:(?:our|the|its|your|their) )?(?:content|usage|safety) polic(?:y|ies)\b"
    r"|\bmay contain sensitive (?:information|content)\b",
    re.IGNORECASE,
)
# MyRouter's FAQ for 429: "server overload", "RPM limit exceeded"; the family's message for RATE_LIMIT_EXCEEDED.
_THROTTLED = re.compile(
    r"(?:(?:the )?(?:server|service|system) (?:is )?(?:currently )?)?overload(?:ed)?|(?:rpm|rate) limit exceeded|too many requests",
    re.IGNORECASE,
)
# The family's messages for an empty account, and OpenAI's.
_EMPTY = re.compile(
    r"(?:not enough|insufficient) (?:account )?balance|(?:billing|account) balance (?:is )?(?:not enough|insufficient)"
    r"|you exceeded your current quota",
    re.IGNORECASE,
)
# How a FAILED task says that its time was over; a text that goes on about something else is an ordinary failure.
_EXPIRED = re.compile(
    r"(?:(?:the )?(?:video )?(?:task|generation|execution) (?:has |was |is )?)?(?:expired|timed?[- ]?out)"
    r"(?: while generating(?: the video)?| after \d+ ?(?:s|seconds?|minutes?|hours?))?[.!]?",
    re.IGNORECASE,
)

_TASK = re.compile(r"(?<![\w/-])tasks?(?![\w/-])", re.IGNORECASE)
_TASK_CODE = re.compile(r"(?<![A-Za-z])(?:task|TASK)(?![a-z])|(?<![A-Z])Task(?![a-z])")
_ROUTE = re.compile(r"\b(?:api_not_found|model_not_found|invalidendpointormodel|route not found)\b", re.IGNORECASE)


def meaning_of(code: str) -> Meaning | None:
    """Return what a documented code means; a dot separates a code from its details."""
    plain = _plain(code)
    found = _CODES.get(plain)
    if found is None and _MODERATED_CODE.fullmatch(plain):
        return Meaning.MODERATED
    return found or _CODES.get(_plain(code.partition(".")[0]))


def leading_meaning(text: str) -> Meaning | None:
    """Return what the code at the beginning of a text means."""
    found = _LEADING.match(text)
    return meaning_of(found[1]) if found else None


def says_moderated(text: str) -> bool:
    """Report whether a text says, outside of what it quotes, that the content was refused."""
    return bool(_MODERATED.search(_own_words(text)))


def says_throttled(text: str) -> bool:
    """Report whether one clause of a text is a documented phrase for too many requests."""
    return any(_THROTTLED.fullmatch(clause) for clause in _clauses(text))


def says_empty(text: str) -> bool:
    """Report whether a text begins with a documented clause for an account without money or quota."""
    return bool(_EMPTY.fullmatch(next(iter(_clauses(text)), "")))


def says_expired(text: str) -> bool:
    """Report whether a text says as a whole that the task's time was over."""
    return bool(_EXPIRED.fullmatch(text.strip()))


def names_a_task(code: str, message: str) -> bool:
    """Report whether a code or a message names a task as a word of its own, and no route."""
    return bool(_TASK_CODE.search(code) or _TASK.search(message)) and not _ROUTE.search(message)


def _plain(code: str) -> str:
    return re.sub(r"[^A-Za-z0-9]", "", code).upper()


def _own_words(text: str) -> str:
    return _QUOTED.sub(" ", text)


def _clauses(text: str) -> list[str]:
    return [clause.strip() for clause in re.split(r"[.,:;!\n]+", _own_words(text)) if clause.strip()]
