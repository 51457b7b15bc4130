#include "wrapper/wall/image_user.h"

#include "contracts/base/number.h"
#include "contracts/base/unique_fd.h"

#include <fcntl.h>
#include <unistd.h>
#include <algorithm>
#include <string>

namespace wrapper {

namespace {

// Files of accounts are a few thousand bytes long.
constexpr std::size_t kLongestFile = 1 << 20;

// Takes "name" and the colon off the front of "name:…".
std::string_view take_field(std::string_view& line) {
    const std::string_view field = line.substr(0, line.find(':'));
    line.remove_prefix(std::min(field.size() + 1, line.size()));
    return field;
}

}  // namespace

contracts::Result<AgentUser> find_image_user(std::string_view accounts) {
    constexpr std::int64_t kHighest = 0xffff'fff0;
    while (!accounts.empty()) {
        std::string_view line = accounts.substr(0, accounts.find('\n'));
        accounts.remove_prefix(std::min(line.size() + 1, accounts.size()));
        if (take_field(line) != "worker") continue;
        take_field(line);  // the password
        const auto uid = contracts::whole_number(take_field(line), 1, kHighest);
        if (!uid) break;
        // Root's group would give an agent too many rights: it gets a group of its own.
        const auto gid = contracts::whole_number(take_field(line), 1, kHighest).value_or(*uid);
        return AgentUser{.uid = static_cast<uid_t>(*uid), .gid = static_cast<gid_t>(gid)};
    }
    return contracts::fail(contracts::ErrorKind::fatal,
                           "is not set, and the image has no user `worker` with a uid above 0: an "
                           "agent does not run as root",
                           "AGENT_UID", "set it to a uid that no other process has");
}

contracts::Result<AgentUser> image_user() {
    const contracts::UniqueFd file(::open("/etc/passwd", O_RDONLY | O_CLOEXEC));
    std::string text;
    char bytes[4096];
    ssize_t size = 0;
    while (text.size() < kLongestFile && (size = ::read(file.get(), bytes, sizeof bytes)) > 0)
        text.append(bytes, static_cast<std::size_t>(size));
    return find_image_user(text);
}

}  // namespace wrapper
