"""Decide: what an answer or the clock means for a video, and when to ask again."""
