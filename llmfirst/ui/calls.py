"""What the callbacks of the page take: the server refuses other values before Gradio breaks on them."""

from types import GenericAlias
from typing import Annotated, Any, Literal, get_type_hints

import gradio as gr
from gradio.block_function import BlockFunction
from gradio.blocks import Block
from pydantic import BaseModel, BeforeValidator, Field, StrictFloat, StrictInt, create_model
from pydantic_core import PydanticCustomError


class Selected(BaseModel):
    """A cell that was selected."""

    index: Annotated[list[StrictInt], Field(min_length=1)]
    """Row and column."""
    value: Any


def call_of(callback: BlockFunction) -> type[BaseModel]:
    """Return the shape of a call, read from the input components and the signature of its callback."""
    values = tuple(_type_of(component) for component in callback.inputs)

    def counted(data: Any) -> Any:
        if not isinstance(data, list) or len(data) != len(values):
            raise PydanticCustomError("count", "this callback takes {count} values", {"count": len(values)})
        return data

    data: Any = Annotated[GenericAlias(tuple, values), BeforeValidator(counted)]
    takes_selection = gr.SelectData in get_type_hints(callback.fn).values()
    event_data: Any = (Selected, ...) if takes_selection else (Any, None)
    return create_model("Call", data=(data, ...), event_data=event_data)


def _type_of(component: Block) -> Any:
    """Return what the page sends of a component. A text or a choice that is there from the start is never missing."""
    match component:
        case gr.Radio():
            return Literal[tuple(value for _, value in component.choices)]
        case gr.Number():  # can be emptied
            return StrictFloat | None
        case gr.UploadButton():
            return gr.FileData
        case gr.Dropdown(multiselect=True):
            return list[str]
        case gr.Dropdown() | gr.Textbox():
            return str | None if component.value is None else str
        case _:  # Gradio keeps it, or we take whatever the browser has kept
            return Any
