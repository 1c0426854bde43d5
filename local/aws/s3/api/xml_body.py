"""Read the XML documents that clients send."""

from xml.etree.ElementTree import Element, ParseError, fromstring

from local.aws.s3.api.request import Request
from local.aws.s3.errors import S3Error, bad_request


def read_xml(request: Request, name: str) -> Element:
    """Return the document without its namespaces; raise S3Error."""
    data = request.body.read()
    if b"<!DOCTYPE" in data:  # the only way to define entities
        raise malformed()
    try:
        root = fromstring(data)  # noqa: S314 - without a DOCTYPE there is nothing to expand
    except ParseError:
        raise malformed() from None
    for each in root.iter():
        each.tag = each.tag.rpartition("}")[2]
    if root.tag != name:
        raise malformed()
    return root


def malformed() -> S3Error:
    return bad_request("MalformedXML", "The XML you provided was not well-formed or did not validate against our published schema")
