#include "wrapper/delivery/state_file.h"

#include "contracts/base/unique_fd.h"

#include <fcntl.h>
#include <unistd.h>
#include <cerrno>

namespace wrapper {

using contracts::UniqueFd;

namespace {

constexpr std::size_t kRecordBytes = 64;

std::string path_in(const std::string& directory) {
    return directory + "/state";
}

}  // namespace

// No O_TRUNC: the previous record stays until we overwrite it. Freeing and reallocating its block
// would take a fifth of our start-up time.
StateFile::StateFile(const std::string& directory)
    : file_(::open(path_in(directory).c_str(), O_WRONLY | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0644)) {
}

void StateFile::write(std::string_view state, contracts::Timestamp now) {
    if (!file_.valid()) return;
    std::string record = contracts::format_timestamp(now);
    record.append(" ").append(state).resize(kRecordBytes - 1, ' ');
    record.append("\n");
    if (::pwrite(file_.get(), record.data(), record.size(), 0) < 0) file_.reset();
}

contracts::Result<std::string> read_state(const std::string& directory, contracts::Timestamp now) {
    const std::string path = path_in(directory);
    const UniqueFd file(::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NOFOLLOW));
    if (!file.valid()) return contracts::fail(contracts::system_error(errno, "open " + path));
    char bytes[kRecordBytes];
    const ssize_t size = ::read(file.get(), bytes, sizeof bytes);
    std::string_view text(bytes, size > 0 ? static_cast<std::size_t>(size) : 0);
    const bool whole = text.ends_with('\n');
    text = text.substr(0, text.find_last_not_of(" \n") + 1);
    const std::size_t blank = text.find(' ');
    const auto time = contracts::parse_timestamp(text.substr(0, blank));
    if (!time || blank == std::string_view::npos || !whole)
        return contracts::fail(contracts::ErrorKind::invalid, path + " is not a state file");
    if (now - *time > kStateFresh)
        return contracts::fail(
            contracts::ErrorKind::timed_out,
            "the worker's loop has not run since " + contracts::format_timestamp(*time));
    return std::string(text.substr(blank + 1));
}

}  // namespace wrapper
