// The daemon's data directory: made, closed to others where it must be, and held by one daemon at a
// time.
#pragma once

#include "contracts/base/result.h"
#include "contracts/base/unique_fd.h"

#include <string>
#include <string_view>

namespace control {

class DataDirectory {
public:
    // Makes `path` and what lies in it. As root others may pass through it (0711), because workers'
    // users must reach their own; whoever holds it already is named. Failure is `fatal`, with one
    // sentence that says what to do.
    [[nodiscard]] static contracts::Result<DataDirectory> open(const std::string& path);

    // The same, beside whoever holds it: nothing is made, changed or locked. Failure: `fatal` where
    // no daemon has ever been.
    [[nodiscard]] static contracts::Result<DataDirectory> look(const std::string& path);
    // False for one that was only looked at.
    [[nodiscard]] bool is_held() const { return lock_.valid(); }

    [[nodiscard]] const std::string& path() const { return path_; }
    [[nodiscard]] std::string database() const { return path_ + "/orchestrator.db"; }
    // A database that was emptied is not begun anew in silence: `fatal` when the file is empty and
    // a daemon has made its first token here.
    [[nodiscard]] contracts::Result<void> check_database() const;
    [[nodiscard]] std::string secrets_key() const { return path_ + "/secrets.key"; }
    [[nodiscard]] std::string forge() const { return path_ + "/forge"; }
    [[nodiscard]] std::string redis() const { return path_ + "/redis"; }
    // Where a remote Redis is reached through a tunnel of ours.
    [[nodiscard]] std::string bus_socket() const { return path_ + "/bus.sock"; }
    [[nodiscard]] std::string sentinel_socket(std::size_t index) const {
        return path_ + "/sentinel-" + std::to_string(index) + ".sock";
    }
    [[nodiscard]] std::string workers() const { return path_ + "/workers"; }
    [[nodiscard]] std::string sessions() const { return path_ + "/sessions"; }
    [[nodiscard]] std::string deployments() const { return path_ + "/deployments"; }
    // Of deployments to servers: one directory for each server.
    [[nodiscard]] std::string server_deployments() const { return path_ + "/server-deployments"; }
    // Of runs of ssh that belong to deployments.
    [[nodiscard]] std::string deployment_runs() const { return path_ + "/deployment-runs"; }
    [[nodiscard]] std::string renderings() const { return path_ + "/renderings"; }
    [[nodiscard]] std::string provisioning() const { return path_ + "/provisioning"; }
    [[nodiscard]] std::string server_looks() const { return path_ + "/server_looks"; }
    [[nodiscard]] std::string instances() const { return path_ + "/instances"; }
    // This installation's name, made once: what carries it in a runtime is ours.
    [[nodiscard]] const std::string& owner() const { return owner_; }

private:
    DataDirectory() = default;
    std::string path_;
    std::string owner_;
    contracts::UniqueFd lock_;
};

// Workers that run as plain processes have users of their own, who must be let through to `path`.
// Failure: `fatal`, naming the first directory on the way that does not and the setting `field`.
[[nodiscard]] contracts::Result<void> check_passable(const std::string& path,
                                                     const std::string& field);

// A small file of ours, 0600, written whole or not at all. Failure: the errno's.
[[nodiscard]] contracts::Result<void> write_private_file(const std::string& path,
                                                         std::string_view text);
[[nodiscard]] contracts::Result<std::string> read_private_file(const std::string& path);

// Where the admin's first token lies in a data directory.
[[nodiscard]] std::string token_file(const std::string& directory);

}  // namespace control
