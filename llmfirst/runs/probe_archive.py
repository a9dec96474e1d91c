"""Stores what probes made and found, by the weights of the model."""

from typing import Final

from llmfirst.engine.profile_probe import ProbeFinding, ProbeSteps, read_finding, read_steps
from llmfirst.events import ProfileName
from llmfirst.store import DocumentStore

_FINDINGS: Final = "profiles"
_STEPS: Final = "probe_steps"


class ProbeArchive:
    """Reads and writes the documents of probes by `model_key`. Each method blocks its thread."""

    def __init__(self, documents: DocumentStore) -> None:
        self._documents = documents

    def found(self) -> dict[str, ProfileName]:
        """Return the profiles that were found; a finding about other profiles than those of today is left out."""
        return {key: finding.profile for key, finding in self._findings().items()}

    def thinking_pays(self) -> dict[str, bool]:
        """Return for the models that were tried with thinking and without it whether thinking paid."""
        found = {key: finding.thinking for key, finding in self._findings().items()}
        return {key: thinking.pays for key, thinking in found.items() if thinking is not None}

    def found_by(self) -> dict[str, ProbeSteps]:
        """Return the steps of the probes that found a profile; some go on, to find out whether thinking pays."""
        return {key: finding.probe for key, finding in self._findings().items()}

    def steps(self) -> dict[str, ProbeSteps]:
        """Return the steps of the probes that were given up."""
        return {key: read_steps(body) for key, body in self._documents.all(_STEPS).items()}

    def keep_steps(self, key: str, probe: ProbeSteps) -> None:
        self._documents.put(_STEPS, key, probe.model_dump_json())

    def keep(self, key: str, finding: ProbeFinding) -> None:
        """Store a finding, which ends its probe."""
        self._documents.put(_FINDINGS, key, finding.model_dump_json())
        self._documents.remove(_STEPS, key)

    def _findings(self) -> dict[str, ProbeFinding]:
        found = {key: read_finding(body) for key, body in self._documents.all(_FINDINGS).items()}
        return {key: finding for key, finding in found.items() if finding is not None}
