"""The face itself: the prefix of its paths, and its refusals."""

from cliprelay.api.http.face import Face
from cliprelay.api.openai.errors import refuse

PREFIX = "/openai/v1"
FACE = Face(PREFIX, refuse)
VIDEOS = f"{PREFIX}/videos"
VIDEO = f"{VIDEOS}/<video_id>"
