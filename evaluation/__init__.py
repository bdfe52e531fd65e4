"""What a tracker scores: data sets, runs over them, the measures of the field's toolkits, reports."""
