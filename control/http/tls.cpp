#include "control/http/tls.h"

#include "control/http/server.h"

#include <openssl/ssl.h>

namespace control {

namespace ssl = boost::asio::ssl;
using contracts::ErrorKind;
using contracts::fail;
using contracts::Result;
using Failure = boost::system::error_code;

Result<std::shared_ptr<ssl::context>> load_tls(const TlsFiles& files) {
    auto context = std::make_shared<ssl::context>(ssl::context::tls_server);
    ::SSL_CTX_set_min_proto_version(context->native_handle(), TLS1_2_VERSION);
    Failure failure;
    (void)context->use_certificate_chain_file(files.certificate, failure);
    if (failure)
        return fail(ErrorKind::fatal, files.certificate + ": " + failure.message(),
                    "TLS_CERTIFICATE", "name a PEM file with the certificate and its chain");
    (void)context->use_private_key_file(files.key, ssl::context::pem, failure);
    if (failure)
        return fail(ErrorKind::fatal, files.key + ": " + failure.message(), "TLS_KEY",
                    "name a PEM file with the certificate's own key");
    return context;
}

}  // namespace control
