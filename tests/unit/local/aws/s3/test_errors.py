"""S3's refusals: a status, and XML in which nothing that was sent becomes markup."""

from xml.etree import ElementTree

from local.aws.s3.errors import bad_request, forbidden


def test_a_refusal_has_the_status_and_the_elements_of_s3() -> None:
    refused = bad_request("EntityTooLarge", "Too large", ProposedSize=11, MaxSizeAllowed=10)
    assert refused.status == "400 Bad Request"
    elements = {each.tag: each.text for each in ElementTree.fromstring(refused.body)}  # noqa: S314 - our own bytes
    assert elements == {"Code": "EntityTooLarge", "Message": "Too large", "ProposedSize": "11", "MaxSizeAllowed": "10"}


def test_text_that_looks_like_markup_stays_text() -> None:
    refused = forbidden("AccessDenied", "<b>&no</b>")
    assert refused.status == "403 Forbidden"
    assert ElementTree.fromstring(refused.body).findtext("Message") == "<b>&no</b>"  # noqa: S314 - our own bytes
