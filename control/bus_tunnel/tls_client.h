// A client's side of TLS 1.2 or newer: which servers we trust, and how we identify ourselves.
#pragma once

#include "contracts/base/result.h"

#include <boost/asio/ssl/context.hpp>
#include <memory>
#include <string>

namespace control {

using TlsClient = std::shared_ptr<boost::asio::ssl::context>;

// Paths of PEM files.
struct TlsClientFiles {
    std::string authorities{};  // REDIS_CA_FILE; empty: the system's
    std::string certificate{};  // REDIS_CERTIFICATE; empty: none is shown
    std::string key{};          // REDIS_KEY
};

// Fails with `fatal` and names the setting whose file cannot be used.
[[nodiscard]] contracts::Result<TlsClient> load_tls_client(const TlsClientFiles& files);

}  // namespace control
