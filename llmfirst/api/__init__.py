"""The engine over HTTP: server-sent events, and the server that carries them and the page."""
