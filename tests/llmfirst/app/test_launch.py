"""What the program listens on."""

import asyncio
import socket

from llmfirst.app.launch import listen_on


def test_a_small_piece_of_a_stream_is_sent_at_once() -> None:
    waits: list[bool] = []

    async def answer(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        accepted: socket.socket = writer.get_extra_info("socket")
        waits.append(not accepted.getsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY))
        writer.close()
        await writer.wait_closed()

    async def main() -> None:
        with listen_on("127.0.0.1", 0) as listening:
            port = listening.getsockname()[1]
            async with await asyncio.start_server(answer, sock=listening):
                reader, writer = await asyncio.open_connection("127.0.0.1", port)
                await reader.read()
                writer.close()
                await writer.wait_closed()

    asyncio.run(main())
    assert waits == [False]
