"""ask.py PORT HOST PATH [ROOTS]: one GET to 127.0.0.1:PORT as a visitor of HOST, over https where ROOTS is given.

Prints the status, then each header as "name: value", then the body.
"""

import http.client
import socket
import ssl
import sys

port, host, path = int(sys.argv[1]), sys.argv[2], sys.argv[3]
connection = http.client.HTTPConnection(host, port, timeout=10)
connection.sock = socket.create_connection(("127.0.0.1", port), timeout=10)
if len(sys.argv) > 4:
    context = ssl.create_default_context(cafile=sys.argv[4])
    connection.sock = context.wrap_socket(connection.sock, server_hostname=host)
connection.request("GET", path, headers={"Host": host})
answer = connection.getresponse()
print(answer.status)
for name, value in answer.getheaders():
    print(f"{name.lower()}: {value}")
print()
sys.stdout.write(answer.read().decode())
