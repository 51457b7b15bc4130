#include "control/bus_tunnel/tls_client.h"

namespace control {

using contracts::ErrorKind;
using contracts::fail;
using contracts::Result;

namespace {

using TlsContext = boost::asio::ssl::context;

// `load`: a member function of the context that reads a file and reports an error code.
template <class Load>
Result<void> load_file(const std::string& path, const char* field, Load load) {
    boost::system::error_code failure;
    load(failure);
    if (!failure) return {};
    return fail(ErrorKind::fatal, "cannot use " + path + ": " + failure.message(), field,
                "name a PEM file that this user can read");
}

}  // namespace

Result<TlsClient> load_tls_client(const TlsClientFiles& files) {
    auto context = std::make_shared<TlsContext>(TlsContext::tls_client);
    context->set_options(TlsContext::no_tlsv1 | TlsContext::no_tlsv1_1);
    context->set_verify_mode(boost::asio::ssl::verify_peer);
    Result<void> loaded;
    if (files.authorities.empty()) {
        boost::system::error_code ignored;  // without the system's authorities no server is trusted
        context->set_default_verify_paths(ignored);
    } else {
        loaded = load_file(files.authorities, "REDIS_CA_FILE", [&](auto& failure) {
            context->load_verify_file(files.authorities, failure);
        });
    }
    if (loaded && !files.certificate.empty())
        loaded = load_file(files.certificate, "REDIS_CERTIFICATE", [&](auto& failure) {
            context->use_certificate_chain_file(files.certificate, failure);
        });
    // Refuses a key that does not belong to the certificate.
    if (loaded && !files.key.empty())
        loaded = load_file(files.key, "REDIS_KEY", [&](auto& failure) {
            context->use_private_key_file(files.key, TlsContext::pem, failure);
        });
    if (!loaded) return loaded.fault();
    return context;
}

}  // namespace control
