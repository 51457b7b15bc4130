#include "control/templates/default_template.h"

#include "contracts/base/unique_fd.h"
#include "contracts/base/write_all.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <cerrno>

namespace control {

using contracts::fail;
using contracts::Result;
using contracts::system_error;
using contracts::UniqueFd;

namespace {

Result<void> make_directories(const std::string& root, std::string_view path) {
    for (std::size_t slash = path.find('/'); slash != std::string_view::npos;
         slash = path.find('/', slash + 1)) {
        const std::string directory = root + '/' + std::string(path.substr(0, slash));
        if (::mkdir(directory.c_str(), 0755) != 0 && errno != EEXIST)
            return fail(system_error(errno, "create " + directory));
    }
    return {};
}

Result<void> write_file(const std::string& path, std::string_view text) {
    const UniqueFd file(::open(path.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0644));
    if (!file.valid()) return fail(system_error(errno, "create " + path));
    if (!contracts::write_all(file.get(), text)) return fail(system_error(errno, "write " + path));
    return {};
}

}  // namespace

Result<void> write_default_template(const std::string& directory) {
    for (const TemplateFile& file : default_template()) {
        if (Result<void> made = make_directories(directory, file.path); !made) return made;
        const std::string path = directory + '/' + std::string(file.path);
        if (Result<void> written = write_file(path, file.text); !written) return written;
    }
    return {};
}

}  // namespace control
