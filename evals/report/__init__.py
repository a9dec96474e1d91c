"""Reports of evaluations: rows of tables, and pages made of them."""
