"""The citizen's door over HTTP: file complaints, follow one, act on it."""
