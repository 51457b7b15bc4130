// The daemon's data directory: created, closed to others as far as necessary, and held by one
// daemon at a time.
#pragma once

#include "contracts/base/result.h"
#include "contracts/base/unique_fd.h"

#include <string>
#include <string_view>

namespace control {

class DataDirectory {
public:
    // Creates `path` and its contents. If we are root, other users may pass through it (0711),
    // because workers' users must reach their own directories; if another daemon holds it, the
    // error names that daemon. Failure is `fatal`, with one sentence that says what to do.
    [[nodiscard]] static contracts::Result<DataDirectory> open(const std::string& path);

    // The same, even if a daemon holds it: nothing is created, changed or locked. Failure: `fatal`
    // if no daemon has ever used it.
    [[nodiscard]] static contracts::Result<DataDirectory> look(const std::string& path);
    // False for a directory opened with `look`.
    [[nodiscard]] bool is_held() const { return lock_.valid(); }

    [[nodiscard]] const std::string& path() const { return path_; }
    [[nodiscard]] std::string database() const { return path_ + "/orchestrator.db"; }
    // A database that was emptied must not be silently recreated: `fatal` if the file is empty and
    // a daemon has created its first token here.
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
    // For deployments to servers: one directory for each server.
    [[nodiscard]] std::string server_deployments() const { return path_ + "/server-deployments"; }
    // For runs of ssh that belong to deployments.
    [[nodiscard]] std::string deployment_runs() const { return path_ + "/deployment-runs"; }
    [[nodiscard]] std::string renderings() const { return path_ + "/renderings"; }
    [[nodiscard]] std::string provisioning() const { return path_ + "/provisioning"; }
    [[nodiscard]] std::string server_looks() const { return path_ + "/server_looks"; }
    [[nodiscard]] std::string instances() const { return path_ + "/instances"; }
    // This installation's name, created once: things in a runtime that carry it are ours.
    [[nodiscard]] const std::string& owner() const { return owner_; }

private:
    DataDirectory() = default;
    std::string path_;
    std::string owner_;
    contracts::UniqueFd lock_;
};

// Workers that run as plain processes have users of their own, who must be able to pass through to
// `path`. Failure: `fatal`, naming the first directory on the way that they cannot pass, and the
// setting `field`.
[[nodiscard]] contracts::Result<void> check_passable(const std::string& path,
                                                     const std::string& field);

// Writes a small private file (0600), completely or not at all. Failure: the errno's.
[[nodiscard]] contracts::Result<void> write_private_file(const std::string& path,
                                                         std::string_view text);
[[nodiscard]] contracts::Result<std::string> read_private_file(const std::string& path);

// The file with the administrator's first token in a data directory.
[[nodiscard]] std::string token_file(const std::string& directory);

}  // namespace control
