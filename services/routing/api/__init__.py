"""The agencies' door: officials see their cases and act on them; anyone may look an agency up."""
