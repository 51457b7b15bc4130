#include "control/ssh/installation_key.h"

#include "control/ssh/run_directory.h"
#include "control/store/server_access.h"
#include "control/subprocess/subprocess.h"

#include <fstream>
#include <iterator>

namespace control::ssh {

namespace {

constexpr const char* kName = "ssh";

std::string place_of(const std::string& name) {
    return "installation_key " + name;
}

std::string content_of(const std::string& path) {
    std::ifstream file(path, std::ios::binary);
    return {std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>()};
}

Result<InstallationKey> make_pair(const std::string& directory, const std::string& name) {
    const auto run = RunDirectory::make(directory);
    if (!run) return run.fault();
    const std::string path = run->path() + "/key";
    // The comment identifies the line in authorized_keys later.
    const std::string comment =
        name == kName ? "codegen-orchestrator" : "codegen-orchestrator-" + name;
    const auto made = run_subprocess(
        {.argv = {"ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-C", comment, "-f", path}});
    if (!made) return made.fault();
    if (!made->success()) return fail(ErrorKind::fatal, "ssh-keygen failed: " + made->error_output);
    InstallationKey key;
    key.private_key = content_of(path);
    key.public_key = content_of(path + ".pub");
    while (key.public_key.ends_with('\n'))
        key.public_key.pop_back();
    if (key.private_key.empty() || key.public_key.empty())
        return fail(ErrorKind::fatal, "ssh-keygen did not write a key to " + run->path());
    return key;
}

Result<InstallationKey> open_pair(const server_access::KeyPair& kept, const Vault& vault,
                                  const std::string& name) {
    Result<std::string> opened = vault.open(kept.private_key, place_of(name));
    if (!opened) return fail(std::move(opened.error()).context("the ssh key " + name));
    InstallationKey key;
    key.public_key = kept.public_key;
    key.private_key = *std::move(opened);
    return key;
}

}  // namespace

Result<InstallationKey> installation_key(Database& db, const Vault& vault,
                                         const contracts::Clock& clock,
                                         const std::string& directory) {
    return named_key(db, vault, clock, directory, kName);
}

Result<InstallationKey> named_key(Database& db, const Vault& vault, const contracts::Clock& clock,
                                  const std::string& directory, const std::string& name) {
    auto kept = server_access::find_key(db, name);
    if (!kept) return kept.fault();
    if (*kept) return open_pair(**kept, vault, name);
    const Result<InstallationKey> made = make_pair(directory, name);
    if (!made) return made.fault();
    const server_access::KeyPair pair{.public_key = made->public_key,
                                      .private_key = vault.seal(made->private_key, place_of(name))};
    std::optional<server_access::KeyPair> ours;
    const Result<void> put = db.transaction([&](Transaction& tx) -> Result<void> {
        if (Result<void> done = server_access::keep_key(tx, name, pair, clock.now()); !done)
            return done;
        auto found = server_access::find_key(tx, name);
        if (!found) return found.fault();
        ours = *found;
        return {};
    });
    if (!put) return put.fault();
    return open_pair(*ours, vault, name);
}

}  // namespace control::ssh
