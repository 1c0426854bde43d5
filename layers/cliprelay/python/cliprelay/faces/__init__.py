"""How a video looks in the words of foreign APIs, in their answers and in their webhooks."""
