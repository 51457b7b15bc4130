#include "control/ports/data_directory.h"

#include "contracts/base/id.h"

#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>
#include <cerrno>

namespace control {

using contracts::ErrorKind;
using contracts::fail;
using contracts::Result;
using contracts::system_error;
using contracts::UniqueFd;

namespace {

constexpr std::size_t kMaxPrivateFile = 1 << 16;

std::unexpected<contracts::Error> fatal(contracts::Error error, std::string next_step) {
    error.kind = ErrorKind::fatal;
    error.next_step = std::move(next_step);
    return fail(std::move(error));
}

Result<void> make_directory(const std::string& path, mode_t mode) {
    if (::mkdir(path.c_str(), mode) != 0 && errno != EEXIST)
        return fatal(system_error(errno, "create " + path), "choose another DATA_DIR");
    struct stat there{};
    if (::stat(path.c_str(), &there) != 0 || !S_ISDIR(there.st_mode))
        return fail(ErrorKind::fatal, path + " is not a directory", "DATA_DIR");
    if (there.st_uid != ::geteuid())
        return fail(ErrorKind::fatal, path + " belongs to another user", "DATA_DIR",
                    "run as that user or choose another directory");
    if ((there.st_mode & 07777) != mode && ::chmod(path.c_str(), mode) != 0)
        return fatal(system_error(errno, "chmod " + path), "choose another DATA_DIR");
    return {};
}

Result<UniqueFd> take_lock(const std::string& path) {
    UniqueFd lock(::open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600));
    if (!lock.valid()) return fatal(system_error(errno, "open " + path), "choose another DATA_DIR");
    if (::flock(lock.get(), LOCK_EX | LOCK_NB) != 0)
        return fail({.kind = ErrorKind::fatal,
                     .message = "another orchestratord uses this directory",
                     .field = "DATA_DIR",
                     .next_step = "stop it or choose another directory",
                     .code = contracts::ErrorCode::directory_in_use});
    return lock;
}

Result<std::string> installation_name(const std::string& path) {
    Result<std::string> name = read_private_file(path);
    if (name && !name->empty()) return name;
    std::string fresh = contracts::random_hex(6);
    if (Result<void> written = write_private_file(path, fresh); !written)
        return fatal(std::move(written.error()), "choose another DATA_DIR");
    return fresh;
}

}  // namespace

Result<DataDirectory> DataDirectory::open(const std::string& path) {
    DataDirectory data;
    data.path_ = path;
    const mode_t passable = ::geteuid() == 0 ? 0711 : 0700;
    if (Result<void> made = make_directory(path, passable); !made) return made.fault();
    if (passable == 0711)
        if (Result<void> passes = check_passable(path, "DATA_DIR"); !passes) return passes.fault();
    Result<UniqueFd> lock = take_lock(path + "/lock");
    if (!lock) return lock.fault();
    data.lock_ = std::move(*lock);
    for (const std::string& inner : {data.workers(), data.instances()})
        if (Result<void> made = make_directory(inner, passable); !made) return made.fault();
    Result<std::string> owner = installation_name(path + "/installation");
    if (!owner) return owner.fault();
    data.owner_ = std::move(*owner);
    return data;
}

Result<DataDirectory> DataDirectory::look(const std::string& path) {
    Result<std::string> owner = read_private_file(path + "/installation");
    if (!owner)
        return fail(ErrorKind::fatal, "no orchestratord has ever used " + path, "DATA_DIR",
                    "name the daemon's directory");
    DataDirectory data;
    data.path_ = path;
    data.owner_ = std::move(*owner);
    return data;
}

Result<void> DataDirectory::check_database() const {
    struct stat there{};
    const std::string token = token_file(path_);
    if (::stat(database().c_str(), &there) != 0 || there.st_size > 0) return {};
    if (::access(token.c_str(), F_OK) != 0) return {};
    return fail(ErrorKind::fatal, database() + " is empty, and was not", "DATA_DIR",
                "restore a backup; to start over, move " + token + " away");
}

Result<void> check_passable(const std::string& path, const std::string& field) {
    for (std::size_t end = path.find('/', 1);; end = path.find('/', end + 1)) {
        const std::string directory = path.substr(0, end);
        struct stat there{};
        if (::stat(directory.c_str(), &there) == 0 && S_ISDIR(there.st_mode) &&
            (there.st_mode & S_IXOTH) == 0)
            return fail(
                ErrorKind::fatal,
                directory + " does not let other users pass, and workers run as other users", field,
                "chmod o+x " + directory + " or choose another directory");
        if (end == std::string::npos) return {};
    }
}

std::string token_file(const std::string& directory) {
    return directory + "/token";
}

Result<void> write_private_file(const std::string& path, std::string_view text) {
    const std::string aside = path + ".new";
    {
        const UniqueFd file(
            ::open(aside.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOFOLLOW, 0600));
        if (!file.valid()) return fail(system_error(errno, "create " + aside));
        if (::write(file.get(), text.data(), text.size()) != static_cast<ssize_t>(text.size()) ||
            ::fsync(file.get()) != 0)
            return fail(system_error(errno, "write " + aside));
    }
    if (::rename(aside.c_str(), path.c_str()) != 0)
        return fail(system_error(errno, "rename " + aside));
    return {};
}

Result<std::string> read_private_file(const std::string& path) {
    const UniqueFd file(::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NOFOLLOW));
    if (!file.valid()) return fail(system_error(errno, "open " + path));
    std::string text(kMaxPrivateFile, '\0');
    const ssize_t got = ::read(file.get(), text.data(), text.size());
    if (got < 0) return fail(system_error(errno, "read " + path));
    text.resize(static_cast<std::size_t>(got));
    return text;
}

}  // namespace control
