#!/usr/bin/python3
"""A server that takes connections and never says what the client waits for.

As a program:   silent_server.py [--listen 127.0.0.1:0] [--say TEXT]
    The first line on stdout is "listening on PORT". It ends with SIGTERM. It reads everything; --say is sent after the
    first bytes arrived (for example the beginning of an answer that then stops).
As a module:    with SilentServer() as server: ... server.port ...
"""
import argparse
import asyncio

import fault_proxy


class SilentServer(fault_proxy.Program):
    def __init__(self, say=""):
        super().__init__(__file__, "--say", say)


class Silence:
    def __init__(self, say):
        self.say = say.encode()

    async def serve(self, reader, writer):
        said = False
        try:
            while await reader.read(65536):
                if self.say and not said:
                    writer.write(self.say)
                    said = True
        except OSError:
            pass
        finally:
            writer.close()


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--listen", default="127.0.0.1:0")
    parser.add_argument("--say", default="")
    args = parser.parse_args()
    host, port = args.listen.rsplit(":", 1)
    asyncio.run(fault_proxy.run(Silence(args.say), host, int(port)))


if __name__ == "__main__":
    main()
