// What we do with the plain ssh: see whose host keys a server shows, log in with our key, and log
// in once with a password to leave the key there.
#pragma once

#include "control/ssh/run_directory.h"
#include "control/ssh/target.h"
#include "control/subprocess/subprocess.h"

#include <stop_token>
#include <string>
#include <vector>

namespace control::ssh {

// What is written into command lines and into an inventory, where Ansible would take {{ … }} for an
// expression: a numeric address and a plain user's name, or `invalid`.
[[nodiscard]] contracts::Result<void> check_target(const SshTarget& target);

// The options of every ssh of ours, for a run directory that has `key` and `known_hosts`: nothing
// of this machine's configuration, our key alone, the pinned host keys alone.
[[nodiscard]] std::vector<std::string> ssh_options(const RunDirectory& run);

// The end of what a program said on standard error, bounded.
[[nodiscard]] std::string last_words(const SubprocessEnd& end);

// "type base64" lines, sorted. `transient`: the server does not answer as an ssh server does.
[[nodiscard]] contracts::Result<std::vector<std::string>> scan_host_keys(
    const SshTarget& target, const std::stop_token& stop);

// The text of a known_hosts file for this server alone.
[[nodiscard]] std::string known_hosts(const SshTarget& target,
                                      const std::vector<std::string>& keys);

// The same under a name of our choice (ssh's HostKeyAlias).
[[nodiscard]] std::string known_hosts_of(const std::string& host,
                                         const std::vector<std::string>& keys);
// The lines of a text that are not empty.
[[nodiscard]] std::vector<std::string> lines_of(const std::string& text);

// Whether a server that shows these keys is the one whose keys were noted.
[[nodiscard]] bool shows_pinned_key(const std::vector<std::string>& shown,
                                    const std::vector<std::string>& pinned);
// `conflict`, field "host_key".
[[nodiscard]] contracts::Error another_host_key(const SshTarget& target);

// What a script for sh, which needs no input, prints there; at most 64 KiB, within half a minute.
// `host_alias`: the server's name in the run's known_hosts. `permission`: it does not let us in, or
// something of ours is wrong with it. `transient`: it took too long.
[[nodiscard]] contracts::Result<std::string> ask_server(const SshTarget& target,
                                                        const RunDirectory& run,
                                                        const std::string& host_alias,
                                                        const std::string& script,
                                                        std::stop_token stop);

// `permission`: it does not take our key. The host keys were compared before.
[[nodiscard]] contracts::Result<void> try_login(const SshTarget& target, const RunDirectory& run,
                                                std::stop_token stop);

// Adds a line to the user's authorized_keys, with our own key; done again it changes nothing.
[[nodiscard]] contracts::Result<void> add_key(const SshTarget& target, const RunDirectory& run,
                                              const std::string& public_key, std::stop_token stop);

// Leaves the line in the user's authorized_keys; done again it changes nothing. `permission`: the
// server does not take the password.
[[nodiscard]] contracts::Result<void> leave_key(const SshTarget& target, const RunDirectory& run,
                                                const std::string& password,
                                                const std::string& public_key,
                                                std::stop_token stop);

}  // namespace control::ssh
