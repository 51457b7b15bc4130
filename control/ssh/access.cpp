#include "control/ssh/access.h"

#include "control/ssh/ssh.h"
#include "control/store/server_access.h"

namespace control::ssh {

Access::Access(std::string directory, Database& db, const Vault& vault,
               const contracts::Clock& clock)
    : directory_(std::move(directory)), db_(db), vault_(vault), clock_(clock) {
    remove_left_runs(directory_);
}

Result<InstallationKey> Access::key() const {
    return installation_key(db_, vault_, clock_, directory_);
}

Result<std::vector<std::string>> Access::pinned_keys(const SshTarget& target,
                                                     const std::stop_token& stop) const {
    Result<std::string> known = server_access::host_keys(db_, target.server_id);
    if (!known) return known.fault();
    Result<std::vector<std::string>> shown = scan_host_keys(target, stop);
    if (!shown) return shown;
    if (!known->empty()) {
        std::vector<std::string> pinned = lines_of(*known);
        if (shows_pinned_key(*shown, pinned)) return pinned;
        return fail(another_host_key(target));
    }
    std::string text;
    for (const std::string& key : *shown)
        text.append(key).append("\n");
    const Result<void> kept = db_.transaction(
        [&](Transaction& tx) { return server_access::set_host_keys(tx, target.server_id, text); });
    if (!kept) return kept.fault();
    return shown;
}

Result<RunDirectory> Access::prepare(const SshTarget& target, const std::stop_token& stop) const {
    if (auto sound = check_target(target); !sound) return sound.fault();
    const Result<InstallationKey> ours = key();
    if (!ours) return ours.fault();
    const auto pinned = pinned_keys(target, stop);
    if (!pinned) return pinned.fault();
    Result<RunDirectory> run = RunDirectory::make(directory_);
    if (!run) return run;
    if (auto put = run->write("key", ours->private_key); !put) return put.fault();
    if (auto put = run->write("known_hosts", known_hosts(target, *pinned)); !put)
        return put.fault();
    return run;
}

Result<InstallationKey> Access::let_in(const SshTarget& target, const std::string& name,
                                       const std::stop_token& stop) const {
    auto pair = named_key(db_, vault_, clock_, directory_, name);
    if (!pair) return pair;
    const auto run = prepare(target, stop);
    if (!run) return run.fault();
    if (auto added = add_key(target, *run, pair->public_key, stop); !added) return added.fault();
    return pair;
}

Result<void> Access::forget_host(const std::string& server_id) const {
    return db_.transaction(
        [&](Transaction& tx) { return server_access::set_host_keys(tx, server_id, ""); });
}

}  // namespace control::ssh
