"""What a head should have said, from the truth."""
