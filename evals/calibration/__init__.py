"""Gold answers, and what a judge makes of them."""
