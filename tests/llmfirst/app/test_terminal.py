"""What the terminal says of the model that was chosen."""

import pytest

from llmfirst.app.terminal import print_choice
from llmfirst.offers import Choice, Offer
from llmfirst.providers.base import ModelCard


def test_the_licence_of_a_model_is_told_before_its_download(capsys: pytest.CaptureFixture[str]) -> None:
    card = ModelCard(name="small", licence="Apache-2.0", is_here=False)
    print_choice(Choice(Offer("embedded", card), "set"), "http://127.0.0.1:7860")
    assert "model: small (embedded, Apache-2.0): " in capsys.readouterr().err
    print_choice(Choice(Offer("ollama", ModelCard(name="own")), "set"), "http://127.0.0.1:7860")
    assert "model: own (ollama): " in capsys.readouterr().err
