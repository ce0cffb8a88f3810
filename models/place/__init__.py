"""Places a cut-out on a scene: studio scenes that are rendered, and scenes by prompt."""
