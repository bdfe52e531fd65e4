"""The VOT challenge: trackers that speak TraX, and what the toolkit wants to know of them."""
