"""The gold set: answers whose label is certain by construction, and how well a judge tells them apart."""
