// Where the daemon listens, and its limits for requests.
#pragma once

#include "contracts/base/environment.h"

#include <cstdint>
#include <string>

namespace control {

struct ListenSettings {
    std::string address;  // LISTEN, "127.0.0.1:8080"; port 0: the kernel chooses
    std::uint16_t port = 0;
    std::string tls_certificate;        // TLS_CERTIFICATE; empty: plain HTTP
    std::string tls_key;                // TLS_KEY
    std::string socket;                 // API_SOCKET; empty: none
    std::int64_t connections = 16'384;  // API_CONNECTIONS, for each of the two
    std::int64_t rate = 200;            // API_RATE, requests per second and token; 0: unlimited
    bool access_log = true;             // ACCESS_LOG
};

void read(contracts::Environment& environment, ListenSettings& settings);

}  // namespace control
