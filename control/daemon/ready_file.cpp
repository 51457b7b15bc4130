#include "control/daemon/ready_file.h"

#include "control/ports/data_directory.h"

#include <fcntl.h>
#include <sys/file.h>
#include <unistd.h>
#include <cerrno>
#include <cstdio>

namespace control {

using contracts::fail;
using contracts::Json;
using contracts::Result;
using contracts::system_error;
using contracts::UniqueFd;

namespace {

constexpr std::size_t kMaxReadyFile = 1 << 16;

std::string path_in(const std::string& directory) {
    return directory + "/ready";
}

std::unexpected<contracts::Error> nobody_serves(const std::string& directory) {
    return fail(contracts::ErrorKind::transient, "no daemon is running in " + directory, "DATA_DIR",
                "start one with: orchestratord serve");
}

}  // namespace

// Locked before it gets its name, so that nobody sees it unlocked.
Result<ReadyFile> ReadyFile::write(const std::string& directory, const Json& facts) {
    std::string path = path_in(directory);
    const std::string aside = path + ".new";
    UniqueFd file(
        ::open(aside.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOFOLLOW, 0600));
    if (!file.valid()) return fail(system_error(errno, "create " + aside));
    const std::string text = contracts::dump_json(facts);
    if (::flock(file.get(), LOCK_EX | LOCK_NB) != 0)
        return fail(system_error(errno, "lock " + aside));
    if (::write(file.get(), text.data(), text.size()) != static_cast<ssize_t>(text.size()))
        return fail(system_error(errno, "write " + aside));
    if (::rename(aside.c_str(), path.c_str()) != 0)
        return fail(system_error(errno, "rename " + aside));
    return ReadyFile(std::move(path), std::move(file));
}

ReadyFile::~ReadyFile() {
    if (file_.valid()) ::unlink(path_.c_str());
}

Result<Json> read_ready_file(const std::string& directory) {
    const UniqueFd file(::open(path_in(directory).c_str(), O_RDONLY | O_CLOEXEC | O_NOFOLLOW));
    if (!file.valid()) {
        if (errno == ENOENT) return nobody_serves(directory);
        return fail(system_error(errno, "open " + path_in(directory)));
    }
    if (::flock(file.get(), LOCK_SH | LOCK_NB) == 0) return nobody_serves(directory);
    if (errno != EWOULDBLOCK) return fail(system_error(errno, "look at " + path_in(directory)));
    std::string text(kMaxReadyFile, '\0');
    const ssize_t got = ::read(file.get(), text.data(), text.size());
    if (got < 0) return fail(system_error(errno, "read " + path_in(directory)));
    text.resize(static_cast<std::size_t>(got));
    return contracts::parse_json(text);
}

Result<DaemonAccess> access_to_daemon(const std::string& directory) {
    Result<Json> facts = read_ready_file(directory);
    if (!facts) return facts.fault();
    Result<std::string> token = read_private_file(token_file(directory));
    if (!token) return token.fault();
    return DaemonAccess{.api_url = contracts::text_at(*facts, "api_url"),
                        .api_token = *std::move(token),
                        .redis_url = contracts::text_at(*facts, "redis_url")};
}

}  // namespace control
