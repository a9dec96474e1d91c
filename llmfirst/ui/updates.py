"""What a callback of the page returns.

Words are `gr.update(...)` and no components: a component that is made while the page is built is placed on it.
"""

from typing import Any, TypeAlias

from gradio.blocks import Block

Updates: TypeAlias = dict[Block, Any]
"""New values or new properties by component. The other outputs of the callback stay as they are."""
