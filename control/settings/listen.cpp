#include "control/settings/listen.h"

#include "contracts/base/number.h"
#include "control/settings/shapes.h"

#include <netdb.h>
#include <sys/socket.h>

namespace control {

using contracts::Environment;

namespace {

// A socket's address has 108 bytes, including a NUL; a longer path is replaced by its file name
// below the path of its directory's descriptor (control/http/listening_socket.cpp).
constexpr std::size_t kMaxSocketPath = 107;
constexpr std::size_t kMaxSocketName = 80;

// The form that the socket's address requires (control/http/listening_socket.cpp).
bool is_numeric_address(const std::string& text) {
    addrinfo wanted{};
    wanted.ai_flags = AI_NUMERICHOST;
    addrinfo* found = nullptr;
    if (text.empty() || ::getaddrinfo(text.c_str(), nullptr, &wanted, &found) != 0) return false;
    ::freeaddrinfo(found);
    return true;
}

void read_address(Environment& environment, ListenSettings& settings) {
    const std::string listen = environment.text("LISTEN", "127.0.0.1:8080");
    const std::size_t colon = listen.rfind(':');
    const auto port = colon == std::string::npos
                          ? std::nullopt
                          : contracts::whole_number(listen.substr(colon + 1), 0, 65'535);
    if (!port) return environment.fault("LISTEN", "must be address:port, not \"" + listen + "\"");
    settings.port = static_cast<std::uint16_t>(*port);
    std::string& address = settings.address;
    address = listen.substr(0, colon);
    if (address.starts_with('[') && address.ends_with(']'))
        address = address.substr(1, address.size() - 2);
    if (!is_numeric_address(address))
        environment.fault("LISTEN",
                          "must begin with a numeric address such as 127.0.0.1, 0.0.0.0 or [::1], "
                          "not \"" +
                              address + "\"");
}

void read_socket(Environment& environment, ListenSettings& settings) {
    settings.socket = environment.text("API_SOCKET", "");
    const std::string& socket = settings.socket;
    check_absolute(environment, "API_SOCKET", socket);
    if (socket.starts_with('/') && socket.size() > kMaxSocketPath &&
        socket.size() - socket.rfind('/') - 1 > kMaxSocketName)
        environment.fault("API_SOCKET", "must end in a file name of at most " +
                                            std::to_string(kMaxSocketName) + " bytes");
}

}  // namespace

void read(Environment& environment, ListenSettings& settings) {
    read_address(environment, settings);
    settings.tls_certificate = environment.text("TLS_CERTIFICATE", "");
    settings.tls_key = environment.text("TLS_KEY", "");
    if (settings.tls_certificate.empty() != settings.tls_key.empty())
        environment.fault(settings.tls_key.empty() ? "TLS_KEY" : "TLS_CERTIFICATE",
                          "is missing: TLS_CERTIFICATE and TLS_KEY belong together");
    read_socket(environment, settings);
    settings.connections =
        environment.number("API_CONNECTIONS", settings.connections, 1, 1'000'000);
    settings.rate = environment.number("API_RATE", settings.rate, 0, 1'000'000);
    settings.access_log = environment.flag("ACCESS_LOG", settings.access_log);
}

}  // namespace control
