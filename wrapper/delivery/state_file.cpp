#include "wrapper/delivery/state_file.h"

#include "contracts/base/unique_fd.h"

#include <fcntl.h>
#include <cerrno>
#include <cstdio>

namespace wrapper {

using contracts::UniqueFd;

void write_state(const std::string& directory, std::string_view state, contracts::Timestamp now) {
    const std::string path = directory + "/state";
    const std::string fresh = path + ".new";
    std::string text = contracts::format_timestamp(now);
    text.append(" ").append(state).append("\n");
    {
        const UniqueFd file(
            ::open(fresh.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOFOLLOW, 0644));
        if (!file.valid()) return;
        if (::write(file.get(), text.data(), text.size()) != static_cast<ssize_t>(text.size()))
            return;
    }
    (void)std::rename(fresh.c_str(), path.c_str());
}

contracts::Result<std::string> read_state(const std::string& directory, contracts::Timestamp now) {
    const std::string path = directory + "/state";
    const UniqueFd file(::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NOFOLLOW));
    if (!file.valid()) return contracts::fail(contracts::system_error(errno, "open " + path));
    char bytes[256];
    const ssize_t size = ::read(file.get(), bytes, sizeof bytes);
    std::string_view text(bytes, size > 0 ? static_cast<std::size_t>(size) : 0);
    const std::size_t blank = text.find(' ');
    const auto time = contracts::parse_timestamp(text.substr(0, blank));
    if (!time || blank == std::string_view::npos || !text.ends_with('\n'))
        return contracts::fail(contracts::ErrorKind::invalid, path + " is not a state file");
    text.remove_suffix(1);
    if (now - *time > kStateFresh)
        return contracts::fail(
            contracts::ErrorKind::timed_out,
            "the worker has not turned since " + contracts::format_timestamp(*time));
    return std::string(text.substr(blank + 1));
}

}  // namespace wrapper
