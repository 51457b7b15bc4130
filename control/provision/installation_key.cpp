#include "control/provision/installation_key.h"

#include "control/provision/run_directory.h"
#include "control/store/server_access.h"
#include "control/subprocess/subprocess.h"

#include <fstream>
#include <iterator>

namespace control::provision {

namespace {

constexpr const char* kName = "ssh";
constexpr std::string_view kPlace = "installation_key ssh";

std::string content_of(const std::string& path) {
    std::ifstream file(path, std::ios::binary);
    return {std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>()};
}

Result<InstallationKey> make_pair(const std::string& directory) {
    const auto run = RunDirectory::make(directory);
    if (!run) return fail(run.error());
    const std::string path = run->path() + "/key";
    const auto made = run_subprocess({.argv = {"ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-C",
                                               "codegen-orchestrator", "-f", path}});
    if (!made) return fail(made.error());
    if (!made->success())
        return fail(ErrorKind::fatal, "ssh-keygen makes no key: " + made->error_output);
    InstallationKey key;
    key.private_key = content_of(path);
    key.public_key = content_of(path + ".pub");
    while (key.public_key.ends_with('\n'))
        key.public_key.pop_back();
    if (key.private_key.empty() || key.public_key.empty())
        return fail(ErrorKind::fatal, "ssh-keygen left no key in " + run->path());
    return key;
}

Result<InstallationKey> open_pair(const server_access::KeyPair& kept, const Vault& vault) {
    Result<std::string> opened = vault.open(kept.private_key, kPlace);
    if (!opened) return fail(std::move(opened.error()).context("the key of this installation"));
    InstallationKey key;
    key.public_key = kept.public_key;
    key.private_key = *std::move(opened);
    return key;
}

}  // namespace

Result<InstallationKey> installation_key(Database& db, const Vault& vault,
                                         const contracts::Clock& clock,
                                         const std::string& directory) {
    auto kept = server_access::find_key(db, kName);
    if (!kept) return fail(std::move(kept.error()));
    if (*kept) return open_pair(**kept, vault);
    const Result<InstallationKey> made = make_pair(directory);
    if (!made) return fail(made.error());
    const server_access::KeyPair pair{.public_key = made->public_key,
                                      .private_key = vault.seal(made->private_key, kPlace)};
    std::optional<server_access::KeyPair> ours;
    const Result<void> put = db.transaction([&](Transaction& tx) -> Result<void> {
        if (Result<void> done = server_access::keep_key(tx, kName, pair, clock.now()); !done)
            return done;
        auto found = server_access::find_key(tx, kName);
        if (!found) return fail(std::move(found.error()));
        ours = *found;
        return {};
    });
    if (!put) return fail(put.error());
    return open_pair(*ours, vault);
}

}  // namespace control::provision
