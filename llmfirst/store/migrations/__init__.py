"""The history of the database; a migration is never edited after release."""
