"""What schemathesis sends where the document says `uri`: addresses that the API takes, for images and webhooks alike."""

import schemathesis
from hypothesis import strategies as st

_PATHS = st.text("abcdefghijklmnopqrstuvwxyz0123456789-_.~", max_size=40)
schemathesis.openapi.format("uri", _PATHS.map("https://assets.example.com/".__add__))
