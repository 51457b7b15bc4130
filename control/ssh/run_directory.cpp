#include "control/ssh/run_directory.h"

#include "contracts/base/id.h"
#include "contracts/base/unique_fd.h"
#include "contracts/base/write_all.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>
#include <cerrno>
#include <filesystem>

namespace control::ssh {

using contracts::fail;
using contracts::Result;
using contracts::system_error;
using contracts::UniqueFd;

namespace {

constexpr const char* kPrefix = "run-";

}  // namespace

Result<RunDirectory> RunDirectory::make(const std::string& parent) {
    std::string path = parent + '/' + kPrefix + contracts::random_hex(16);
    if (::mkdir(path.c_str(), 0700) != 0) return fail(system_error(errno, "create " + path));
    return RunDirectory(std::move(path));
}

RunDirectory::~RunDirectory() {
    std::error_code ignored;
    if (!path_.empty()) std::filesystem::remove_all(path_, ignored);
}

Result<void> RunDirectory::write(const std::string& name, std::string_view text,
                                 bool executable) const {
    const std::string path = path_ + '/' + name;
    if (const std::size_t slash = name.find('/'); slash != std::string::npos)
        if (::mkdir((path_ + '/' + name.substr(0, slash)).c_str(), 0700) != 0 && errno != EEXIST)
            return fail(system_error(errno, "create the folder of " + path));
    const UniqueFd file(::open(path.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW,
                               executable ? 0700 : 0600));
    if (!file.valid()) return fail(system_error(errno, "create " + path));
    if (!contracts::write_all(file.get(), text)) return fail(system_error(errno, "write " + path));
    return {};
}

void remove_left_runs(const std::string& parent) {
    std::error_code ignored;
    for (const auto& entry : std::filesystem::directory_iterator(parent, ignored))
        if (entry.path().filename().string().starts_with(kPrefix))
            std::filesystem::remove_all(entry.path(), ignored);
}

}  // namespace control::ssh
