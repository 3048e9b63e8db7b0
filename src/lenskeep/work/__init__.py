"""Work beside the requests: what is too slow or too early for the event loop."""
