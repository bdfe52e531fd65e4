"""How fast a tracker is, from the decoded frame to the box, beside other ways to run it and beside the machine."""
