// The daemon's sockets on the network: LISTEN, and API_SOCKET if it is set. Opened before anything
// else starts, so that a port in use ends the start early; requests that arrive before the loop
// runs wait in the backlog.
//
// Roles register what they serve by path prefix. Thread: `serve` while the server's loop does not
// run.
#pragma once

#include "control/http/server.h"
#include "control/settings/listen.h"

#include <map>

namespace control {

class NetworkDoor {
public:
    // Failure: `fatal`, naming the setting.
    [[nodiscard]] static contracts::Result<std::unique_ptr<NetworkDoor>> open(
        HttpServer& server, const ListenSettings& settings);

    // Requests whose path begins with `prefix`, and with no longer registered prefix, go to
    // `handler`. An empty handler removes the prefix.
    void serve(const std::string& prefix, HttpHandler handler);
    // The same for exactly this path, which takes precedence over all prefixes.
    void serve_exactly(const std::string& path, HttpHandler handler);
    // "http://127.0.0.1:8080", with the port that was bound.
    [[nodiscard]] std::string url() const;

private:
    explicit NetworkDoor(const ListenSettings& settings)
        : address_(settings.address), is_tls_(!settings.tls_key.empty()) {}
    void handle(HttpRequest request, HttpReply reply) const;

    std::string address_;
    bool is_tls_;
    std::map<std::string, HttpHandler, std::less<>> handlers_;
    std::map<std::string, HttpHandler, std::less<>> exact_;
    std::unique_ptr<Listener> tcp_;
    std::unique_ptr<Listener> local_;
};

}  // namespace control
