// Where the network reaches this daemon: LISTEN, and API_SOCKET where there is one. Opened before
// anything else begins, so that a port in use ends the start early; requests that come before the
// loop runs wait in the backlog.
//
// Roles say what they serve by the beginning of its path. Thread: `serve` while the server's loop
// does not run.
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

    // Requests whose path begins with `prefix`, and with no longer one that is served, go to
    // `handler`. An empty handler: they go there no longer.
    void serve(const std::string& prefix, HttpHandler handler);
    // The same for this path alone, before what any prefix says.
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
