#include "control/daemon/named_files.h"

#include "control/http/server.h"
#include "control/http/tls.h"
#include "control/vault/vault.h"

#include <unistd.h>

namespace control {

using contracts::Error;
using contracts::ErrorKind;
using contracts::Result;

std::vector<Error> check_named_files(const Settings& settings) {
    std::vector<Error> faults;
    const auto note = [&](auto&& result) {
        if (!result) faults.push_back(std::move(result.error()));
    };
    if (!settings.tls_key.empty())
        note(load_tls(TlsFiles{settings.tls_certificate, settings.tls_key}));
    if (!settings.secrets_key.empty()) {
        Result<Vault> vault = Vault::open_key(settings.secrets_key);
        // A new store makes its key at its first start.
        if (!vault && vault.error().kind != ErrorKind::not_found) note(std::move(vault));
    }
    if (settings.roles.contains("workers")) note(check_wrapper(settings));
    return faults;
}

Result<void> check_wrapper(const Settings& settings) {
    if (::access((settings.bin_directory + "/worker-wrapper").c_str(), X_OK) == 0) return {};
    return contracts::fail(ErrorKind::fatal, "no worker-wrapper in " + settings.bin_directory,
                           "WORKER_BIN_DIR", "build the static programs or name their directory");
}

}  // namespace control
