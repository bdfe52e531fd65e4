"""Trackers described elsewhere (configs of MMTracking and PySOT), read as data and written as specs."""
