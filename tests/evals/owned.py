"""Two evaluations of the same questions, made by hand, of which one has an owner."""

from datetime import timedelta

from tests.evals.made import START, case, evaluation

OF = evaluation(case(1), case(2), evaluation_id="feedc0ffee12")
OTHER = evaluation(case(1), case(2), evaluation_id="bad0c0ffee34", created_at=START + timedelta(days=1))
RUN = f"{0:016x}"
