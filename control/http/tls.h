// The certificate that a TCP door shows. TLS 1.2 or newer.
#pragma once

#include "contracts/base/result.h"

#include <boost/asio/ssl/context.hpp>
#include <memory>

namespace control {

struct TlsFiles;

// Fails with `fatal` and names the file that cannot be used (field TLS_CERTIFICATE or TLS_KEY), for
// example because the key does not belong to the certificate.
[[nodiscard]] contracts::Result<std::shared_ptr<boost::asio::ssl::context>> load_tls(
    const TlsFiles& files);

}  // namespace control
