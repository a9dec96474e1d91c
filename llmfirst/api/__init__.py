"""The engine over HTTP: server-sent events, A2A, and the server that also serves the page."""
