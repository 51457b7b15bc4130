#include "tests/support/within_reach.h"

#include <filesystem>

namespace tests {

namespace fs = std::filesystem;

std::string within_reach(const std::string& directory, const std::string& copy) {
    bool open = true;
    for (fs::path path = directory; path.has_relative_path(); path = path.parent_path())
        open &= (fs::status(path).permissions() & fs::perms::others_exec) != fs::perms::none;
    if (open) return directory;
    if (!fs::exists(copy)) fs::copy(directory, copy, fs::copy_options::recursive);
    return copy;
}

}  // namespace tests
