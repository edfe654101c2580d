"""Runs in a container, by whatever Python it has: its input and output become a connection.

python3 -c <this text> PORT
"""

import os
import socket
import sys
import threading

CHUNK = 65536


def send(connection: socket.socket) -> None:
    """Pass on what comes, until it ends."""
    while True:
        data = os.read(0, CHUNK)
        if not data:
            os._exit(0)
        connection.sendall(data)


def main(port: int) -> None:
    """Connect, and relay until one side ends."""
    connection = socket.create_connection(("127.0.0.1", port))
    threading.Thread(target=send, args=[connection], daemon=True).start()
    while True:
        data = connection.recv(CHUNK)
        if not data:
            break
        sys.stdout.buffer.write(data)
        sys.stdout.buffer.flush()


if __name__ == "__main__":
    main(int(sys.argv[1]))
