"""The citizen's door in a browser, in Indonesian, without JavaScript."""
