"""From a request body to a recorded video: parse, check the images, quote, accept."""
