"""Sessions that compare models: the same questions to several entrants, and the votes on their answers."""
