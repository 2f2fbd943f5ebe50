"""What stands between the server and the routes, in plain ASGI: each is paid for by every question."""
