"""sla is time: the clocks of every complaint, the ladder that overdue ones climb, and public indicators."""
