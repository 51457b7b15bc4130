#include "control/deployer/local/json_file.h"

#include "contracts/base/unique_fd.h"
#include "contracts/base/write_all.h"

#include <fcntl.h>
#include <cerrno>
#include <cstdio>

namespace control::deployer {

using contracts::fail;
using contracts::Json;
using contracts::Result;
using contracts::system_error;
using contracts::UniqueFd;

namespace {

constexpr std::size_t kMostRead = 1 << 20;

}  // namespace

Result<Json> read_json_file(const std::string& path) {
    const UniqueFd fd(::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NOFOLLOW));
    if (!fd.valid()) return fail(system_error(errno, "open " + path));
    std::string text;
    char buffer[4096];
    ssize_t size = 0;
    while (text.size() < kMostRead && (size = ::read(fd.get(), buffer, sizeof buffer)) > 0)
        text.append(buffer, static_cast<std::size_t>(size));
    if (size < 0) return fail(system_error(errno, "read " + path));
    return contracts::parse_json(text);
}

Result<void> write_json_file(const std::string& path, const Json& content) {
    const std::string fresh = path + ".new";
    const UniqueFd fd(
        ::open(fresh.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOFOLLOW, 0600));
    if (!fd.valid()) return fail(system_error(errno, "open " + fresh));
    const std::string text = contracts::dump_json(content);
    if (!contracts::write_all(fd.get(), text)) return fail(system_error(errno, "write " + fresh));
    if (::fsync(fd.get()) != 0) return fail(system_error(errno, "sync " + fresh));
    if (::rename(fresh.c_str(), path.c_str()) != 0)
        return fail(system_error(errno, "rename to " + path));
    return {};
}

}  // namespace control::deployer
