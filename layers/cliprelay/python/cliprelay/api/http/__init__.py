"""HTTP code shared by every version of the API."""
