#include "control/ssh/ssh.h"

#include "control/subprocess/subprocess.h"

#include <arpa/inet.h>
#include <algorithm>
#include <sstream>

namespace control::ssh {

using contracts::ErrorKind;
using contracts::fail;
using contracts::Result;
using namespace std::chrono_literals;

namespace {

constexpr std::size_t kShown = 500;
constexpr std::size_t kMostHostKeys = 16;

constexpr const char* kAddKey =
    "umask 077 && mkdir -p ~/.ssh && touch ~/.ssh/authorized_keys && IFS= read -r key && "
    "{ grep -qxF \"$key\" ~/.ssh/authorized_keys || "
    "printf '%s\\n' \"$key\" >> ~/.ssh/authorized_keys; }";

std::vector<std::string> ssh_command(const SshTarget& target, const RunDirectory& run,
                                     std::vector<std::string> options, const std::string& command) {
    std::vector<std::string> argv{"ssh", "-T",       "-p", std::to_string(target.port),
                                  "-l",  target.user};
    for (std::string& option : options)
        argv.push_back(std::move(option));
    for (const std::string& option : ssh_options(run))
        argv.push_back(option);
    argv.insert(argv.end(), {"--", target.address, command});
    return argv;
}

}  // namespace

std::string last_words(const SubprocessEnd& end) {
    std::string text = end.error_output;
    while (!text.empty() && (text.back() == '\n' || text.back() == '\r'))
        text.pop_back();
    return text.size() > kShown ? text.substr(text.size() - kShown) : text;
}

Result<void> check_target(const SshTarget& target) {
    unsigned char bytes[sizeof(in6_addr)];
    if (::inet_pton(AF_INET, target.address.c_str(), bytes) != 1 &&
        ::inet_pton(AF_INET6, target.address.c_str(), bytes) != 1)
        return fail(ErrorKind::invalid, "must be a numeric address", "ip_address");
    const bool is_plain = !target.user.empty() && target.user.size() <= 32 &&
                          target.user.front() != '-' &&
                          std::ranges::all_of(target.user, [](char c) {
                              return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
                                     (c >= '0' && c <= '9') || c == '_' || c == '-' || c == '.';
                          });
    if (is_plain) return {};
    return fail(ErrorKind::invalid, "must be a user's name", "ssh_user");
}

std::vector<std::string> ssh_options(const RunDirectory& run) {
    std::vector<std::string> all{"-F", "/dev/null"};
    for (const std::string& option :
         {"UserKnownHostsFile=" + run.path() + "/known_hosts",
          std::string("GlobalKnownHostsFile=/dev/null"), std::string("StrictHostKeyChecking=yes"),
          std::string("UpdateHostKeys=no"), "IdentityFile=" + run.path() + "/key",
          std::string("IdentitiesOnly=yes"), std::string("IdentityAgent=none"),
          std::string("PreferredAuthentications=publickey"), std::string("ControlMaster=no"),
          std::string("ControlPath=none"), std::string("ForwardAgent=no"),
          std::string("ConnectTimeout=10"), std::string("ServerAliveInterval=5"),
          std::string("ServerAliveCountMax=3")}) {
        all.emplace_back("-o");
        all.push_back(option);
    }
    return all;
}

Result<std::vector<std::string>> scan_host_keys(const SshTarget& target,
                                                const std::stop_token& stop) {
    const auto end = run_subprocess({.argv = {"ssh-keyscan", "-T", "10", "-p",
                                              std::to_string(target.port), "--", target.address},
                                     .deadline = 40s,
                                     .max_output = 64 << 10},
                                    stop);
    if (!end) return fail(ErrorKind::transient, end.error().describe());
    std::vector<std::string> keys;
    std::istringstream lines(end->output);
    for (std::string line; std::getline(lines, line) && keys.size() < kMostHostKeys;) {
        std::istringstream words(line);
        std::string host, type, key;
        if (line.starts_with('#') || !(words >> host >> type >> key)) continue;
        keys.push_back(type + ' ' + key);
    }
    std::ranges::sort(keys);
    if (!keys.empty()) return keys;
    return fail(ErrorKind::transient, "no ssh server answers at " + target.address + " port " +
                                          std::to_string(target.port));
}

std::string known_hosts(const SshTarget& target, const std::vector<std::string>& keys) {
    const std::string host = target.port == 22
                                 ? target.address
                                 : '[' + target.address + "]:" + std::to_string(target.port);
    return known_hosts_of(host, keys);
}

std::string known_hosts_of(const std::string& host, const std::vector<std::string>& keys) {
    std::string text;
    for (const std::string& key : keys)
        text.append(host).append(" ").append(key).append("\n");
    return text;
}

std::vector<std::string> lines_of(const std::string& text) {
    std::vector<std::string> lines;
    std::istringstream stream(text);
    for (std::string line; std::getline(stream, line);)
        if (!line.empty()) lines.push_back(std::move(line));
    return lines;
}

bool shows_pinned_key(const std::vector<std::string>& shown,
                      const std::vector<std::string>& pinned) {
    return std::ranges::any_of(shown, [&](const std::string& key) {
        return std::ranges::find(pinned, key) != pinned.end();
    });
}

contracts::Error another_host_key(const SshTarget& target) {
    return {ErrorKind::conflict,
            "the server " + target.handle + " at " + target.address +
                " shows a different host key than before",
            "host_key",
            "somebody may be intercepting the connection, or it was reinstalled by hand: find out, "
            "then orchestrator infra release and provision it again"};
}

Result<std::string> ask_server(const SshTarget& target, const RunDirectory& run,
                               const std::string& host_alias, const std::string& script,
                               std::stop_token stop) {
    auto end = run_subprocess(
        {.argv = ssh_command(target, run,
                             {"-o", "BatchMode=yes", "-o", "HostKeyAlias=" + host_alias}, "sh -s"),
         .input = script,
         .deadline = 30s,
         .max_output = 64 << 10},
        std::move(stop));
    if (!end) return fail(ErrorKind::transient, end.error().describe());
    if (end->success()) return std::move(end->output);
    return fail(ErrorKind::permission, "the server does not answer our ssh: " + last_words(*end),
                "ssh_user");
}

Result<void> try_login(const SshTarget& target, const RunDirectory& run, std::stop_token stop) {
    const auto end = run_subprocess(
        {.argv = ssh_command(target, run, {"-o", "BatchMode=yes"}, "true"), .deadline = 30s},
        std::move(stop));
    if (!end) return fail(ErrorKind::transient, end.error().describe());
    if (end->success()) return {};
    return fail(ErrorKind::permission, "the server does not accept our key: " + last_words(*end),
                "ssh_user");
}

Result<void> add_key(const SshTarget& target, const RunDirectory& run,
                     const std::string& public_key, std::stop_token stop) {
    const auto end =
        run_subprocess({.argv = ssh_command(target, run, {"-o", "BatchMode=yes"}, kAddKey),
                        .input = public_key + '\n',
                        .deadline = 60s},
                       std::move(stop));
    if (!end) return fail(ErrorKind::transient, end.error().describe());
    if (end->success()) return {};
    return fail(ErrorKind::transient,
                "the server " + target.handle + " does not accept a key: " + last_words(*end));
}

Result<void> leave_key(const SshTarget& target, const RunDirectory& run,
                       const std::string& password, const std::string& public_key,
                       std::stop_token stop) {
    // ssh runs this program to get the password, which is in the environment that the two share.
    if (auto put = run.write("askpass", "#!/bin/sh\nprintf '%s\\n' \"$ORCH_SSH_PASSWORD\"\n", true);
        !put)
        return put;
    // The first value of an option counts.
    const std::vector<std::string> options{
        "-o", "PreferredAuthentications=password,keyboard-interactive",
        "-o", "PubkeyAuthentication=no",
        "-o", "NumberOfPasswordPrompts=1"};
    const auto end = run_subprocess(
        {.argv = ssh_command(target, run, options, kAddKey),
         .environment = {"SSH_ASKPASS=" + run.path() + "/askpass", "SSH_ASKPASS_REQUIRE=force",
                         "ORCH_SSH_PASSWORD=" + password},
         .input = public_key + '\n',
         .deadline = 60s},
        std::move(stop));
    if (!end) return fail(ErrorKind::transient, "logging in with the password took too long");
    if (end->success()) return {};
    return fail(ErrorKind::permission,
                "the server does not accept the password, or our key: " + last_words(*end));
}

}  // namespace control::ssh
