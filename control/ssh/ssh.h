// Our uses of plain ssh: read a server's host keys, log in with our key, and log in once with a
// password to install the key.
#pragma once

#include "control/ssh/run_directory.h"
#include "control/ssh/target.h"
#include "control/subprocess/subprocess.h"

#include <stop_token>
#include <string>
#include <vector>

namespace control::ssh {

// The address and user become parts of command lines and of an inventory, in which Ansible would
// treat {{ … }} as an expression: they must be a numeric address and a plain user name, or
// `invalid`.
[[nodiscard]] contracts::Result<void> check_target(const SshTarget& target);

// The options for each ssh, for a run directory with `key` and `known_hosts`: nothing of this
// machine's configuration, only our key, only the pinned host keys.
[[nodiscard]] std::vector<std::string> ssh_options(const RunDirectory& run);

// The end of a program's standard error, bounded.
[[nodiscard]] std::string last_words(const SubprocessEnd& end);

// "type base64" lines, sorted. `transient`: the server does not answer like an ssh server.
[[nodiscard]] contracts::Result<std::vector<std::string>> scan_host_keys(
    const SshTarget& target, const std::stop_token& stop);

// The text of a known_hosts file for this server only.
[[nodiscard]] std::string known_hosts(const SshTarget& target,
                                      const std::vector<std::string>& keys);

// The same under a name of our choice (ssh's HostKeyAlias).
[[nodiscard]] std::string known_hosts_of(const std::string& host,
                                         const std::vector<std::string>& keys);
// The lines of a text that are not empty.
[[nodiscard]] std::vector<std::string> lines_of(const std::string& text);

// Whether a server that shows these keys is the one whose keys were recorded.
[[nodiscard]] bool shows_pinned_key(const std::vector<std::string>& shown,
                                    const std::vector<std::string>& pinned);
// `conflict`, field "host_key".
[[nodiscard]] contracts::Error another_host_key(const SshTarget& target);

// The output of a script for sh, which reads no input, on the server; at most 64 KiB, within half a
// minute. `host_alias`: the server's name in the run's known_hosts. `permission`: the server does
// not accept us, or our own configuration is wrong. `transient`: it took too long.
[[nodiscard]] contracts::Result<std::string> ask_server(const SshTarget& target,
                                                        const RunDirectory& run,
                                                        const std::string& host_alias,
                                                        const std::string& script,
                                                        std::stop_token stop);

// `permission`: the server does not accept our key. The host keys were compared before.
[[nodiscard]] contracts::Result<void> try_login(const SshTarget& target, const RunDirectory& run,
                                                std::stop_token stop);

// Adds a line to the user's authorized_keys, using our own key; repeating it changes nothing.
[[nodiscard]] contracts::Result<void> add_key(const SshTarget& target, const RunDirectory& run,
                                              const std::string& public_key, std::stop_token stop);

// Adds the line to the user's authorized_keys, using the password; repeating it changes nothing.
// `permission`: the server does not accept the password.
[[nodiscard]] contracts::Result<void> leave_key(const SshTarget& target, const RunDirectory& run,
                                                const std::string& password,
                                                const std::string& public_key,
                                                std::stop_token stop);

}  // namespace control::ssh
