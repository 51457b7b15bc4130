#include "control/ports/network_door.h"

#include "control/ports/fatal.h"

#include <sys/resource.h>

namespace control {

using contracts::ErrorKind;
using contracts::Result;

namespace {

// Each connection needs a descriptor; the soft limit is meant for programs that use select.
void raise_descriptor_limit() {
    rlimit limit{};
    if (::getrlimit(RLIMIT_NOFILE, &limit) != 0) return;
    limit.rlim_cur = limit.rlim_max;
    (void)::setrlimit(RLIMIT_NOFILE, &limit);
}

}  // namespace

Result<std::unique_ptr<NetworkDoor>> NetworkDoor::open(HttpServer& server,
                                                       const ListenSettings& settings) {
    raise_descriptor_limit();
    std::unique_ptr<NetworkDoor> door(new NetworkDoor(settings));
    const auto connections = static_cast<std::size_t>(settings.connections);
    const HttpHandler handler = [raw = door.get()](HttpRequest request, HttpReply reply) {
        raw->handle(std::move(request), std::move(reply));
    };
    if (!settings.socket.empty()) {
        auto local =
            server.listen_unix(settings.socket, handler,
                               {.max_connections = connections, .answer_within = kAnswerPatience});
        if (!local) return fatal(std::move(local.error()).context("API_SOCKET"));
        door->local_ = std::move(*local);
    }
    TcpOptions options{.max_connections = connections, .answer_within = kAnswerPatience};
    if (door->is_tls_) options.tls = TlsFiles{settings.tls_certificate, settings.tls_key};
    auto tcp = server.listen_tcp(settings.address, settings.port, handler, options);
    if (!tcp) {
        if (tcp.error().kind == ErrorKind::conflict)
            tcp.error().next_step = "stop the program that uses it, or choose another LISTEN";
        return fatal(std::move(tcp.error()));
    }
    door->tcp_ = std::move(*tcp);
    return door;
}

void NetworkDoor::serve(const std::string& prefix, HttpHandler handler) {
    if (handler)
        handlers_[prefix] = std::move(handler);
    else
        handlers_.erase(prefix);
}

void NetworkDoor::serve_exactly(const std::string& path, HttpHandler handler) {
    if (handler)
        exact_[path] = std::move(handler);
    else
        exact_.erase(path);
}

// Prefixes are sorted such that longer ones follow the shorter ones that they begin with.
void NetworkDoor::handle(HttpRequest request, HttpReply reply) const {
    if (const auto exact = exact_.find(request.path); exact != exact_.end())
        return exact->second(std::move(request), std::move(reply));
    for (auto entry = handlers_.rbegin(); entry != handlers_.rend(); ++entry)
        if (request.path.starts_with(entry->first))
            return entry->second(std::move(request), std::move(reply));
    reply({404, {{"Content-Type", "text/plain"}}, "nothing is served at this path\n"});
}

std::string NetworkDoor::url() const {
    return (is_tls_ ? "https://" : "http://") +
           (address_.find(':') == std::string::npos ? address_ : '[' + address_ + ']') + ':' +
           std::to_string(tcp_->port());
}

}  // namespace control
