"""The search for the settings of a tracker that score best."""
