#include "control/redis/server_files.h"

#include "contracts/base/id.h"

#include <fcntl.h>
#include <poll.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <array>
#include <cerrno>
#include <string_view>

namespace control {

using contracts::ErrorKind;
using contracts::fail;
using contracts::RedisAddress;
using contracts::Result;
using contracts::system_error;
using contracts::UniqueFd;

namespace {

constexpr std::size_t kPasswordBytes = 32;
constexpr std::size_t kTailBytes = 2048;

// Escapes the text for double quotes in a Redis configuration.
std::string quoted(std::string_view text) {
    std::string out = "\"";
    for (const char c : text) {
        if (c == '"' || c == '\\') out += '\\';
        out += c;
    }
    return out += '"';
}

std::string configuration_of(const ServerFiles& files, const std::string& password) {
    std::string text;
    const auto line = [&](std::string_view name, std::string_view value) {
        text.append(name).append(" ").append(value).append("\n");
    };
    line("port", "0");
    line("unixsocket", quoted(files.socket()));
    line("unixsocketperm", "700");
    line("requirepass", password);
    line("dir", quoted(files.directory));
    line("daemonize", "no");
    line("loglevel", "warning");
    line("save", "\"\"");
    line("appendonly", "yes");
    line("appendfsync", "no");
    line("maxmemory-policy", "noeviction");
    // Our largest message has 16 MiB of text.
    line("proto-max-bulk-len", "64mb");
    line("client-query-buffer-limit", "128mb");
    return text;
}

// Written completely or not at all: to a file beside it, which is then renamed.
Result<void> write_private(const std::string& path, std::string_view content) {
    const std::string beside = path + ".new";
    const UniqueFd file(
        ::open(beside.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOFOLLOW, 0600));
    if (!file.valid()) return fail(system_error(errno, "open " + beside));
    if (::write(file.get(), content.data(), content.size()) !=
            static_cast<ssize_t>(content.size()) ||
        ::fsync(file.get()) != 0 || ::rename(beside.c_str(), path.c_str()) != 0)
        return fail(system_error(errno, "write " + path));
    return {};
}

std::string read_up_to(int fd, std::size_t limit) {
    std::string text(limit, '\0');
    const ssize_t count = ::read(fd, text.data(), text.size());
    text.resize(count > 0 ? static_cast<std::size_t>(count) : 0);
    return text;
}

Result<std::string> password_of(const ServerFiles& files) {
    const UniqueFd file(::open(files.password().c_str(), O_RDONLY | O_CLOEXEC | O_NOFOLLOW));
    if (file.valid()) {
        std::string kept = read_up_to(file.get(), 2 * kPasswordBytes);
        if (kept.size() == 2 * kPasswordBytes) return kept;
    } else if (errno != ENOENT) {
        return fail(system_error(errno, "open " + files.password()));
    }
    std::string fresh = contracts::random_hex(kPasswordBytes);
    if (auto written = write_private(files.password(), fresh); !written) return written.fault();
    return fresh;
}

}  // namespace

Result<RedisAddress> prepare(const ServerFiles& files) {
    if (files.socket().size() >= sizeof(sockaddr_un::sun_path))
        return fail(ErrorKind::fatal, "the path " + files.socket() + " is too long for a socket",
                    "DATA_DIR", "use a shorter directory, or set REDIS_URL");
    if (::mkdir(files.directory.c_str(), 0700) != 0 && errno != EEXIST)
        return fail(system_error(errno, "make " + files.directory));
    if (::chmod(files.directory.c_str(), 0700) != 0)
        return fail(system_error(errno, "close to others " + files.directory));
    Result<std::string> password = password_of(files);
    if (!password) return password.fault();
    if (auto written = write_private(files.configuration(), configuration_of(files, *password));
        !written)
        return written.fault();
    RedisAddress address;
    address.path = files.socket();
    address.password = std::move(*password);
    return address;
}

Result<UniqueFd> take_lock(const ServerFiles& files, std::chrono::milliseconds patience) {
    UniqueFd file(::open(files.lock().c_str(), O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600));
    if (!file.valid()) return fail(system_error(errno, "open " + files.lock()));
    constexpr std::chrono::milliseconds kStep{10};
    // flock(2) does not support a deadline.
    while (::flock(file.get(), LOCK_EX | LOCK_NB) != 0) {
        if (errno != EWOULDBLOCK && errno != EINTR)
            return fail(system_error(errno, "lock " + files.lock()));
        if (patience <= std::chrono::milliseconds(0))
            return fail(ErrorKind::transient,
                        "another redis-server is still running in " + files.directory, {},
                        "stop the other daemon or its redis-server");
        ::poll(nullptr, 0, static_cast<int>(kStep.count()));
        patience -= kStep;
    }
    return file;
}

Result<UniqueFd> open_log(const ServerFiles& files) {
    UniqueFd file(
        ::open(files.log().c_str(), O_RDWR | O_CREAT | O_APPEND | O_CLOEXEC | O_NOFOLLOW, 0600));
    if (!file.valid()) return fail(system_error(errno, "open " + files.log()));
    struct stat status{};
    if (::fstat(file.get(), &status) == 0 && status.st_size > kMaxServerLog &&
        ::ftruncate(file.get(), 0) != 0)
        return fail(system_error(errno, "empty " + files.log()));
    return file;
}

std::string log_tail(const ServerFiles& files) {
    const UniqueFd file(::open(files.log().c_str(), O_RDONLY | O_CLOEXEC | O_NOFOLLOW));
    if (!file.valid()) return {};
    if (::lseek(file.get(), -static_cast<off_t>(kTailBytes), SEEK_END) < 0)
        ::lseek(file.get(), 0, SEEK_SET);
    return read_up_to(file.get(), kTailBytes);
}

}  // namespace control
