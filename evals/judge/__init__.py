"""The judge: its questions, its readings, and the verdicts that follow from them."""
