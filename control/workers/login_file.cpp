#include "control/workers/login_file.h"

#include "contracts/base/json.h"
#include "contracts/base/write_all.h"

#include <fcntl.h>
#include <unistd.h>
#include <cerrno>

namespace control {

using contracts::AgentType;
using contracts::ErrorKind;
using contracts::fail;
using contracts::Json;
using contracts::Result;
using contracts::system_error;
using contracts::UniqueFd;

namespace {

constexpr std::size_t kLargestLogin = 64 << 10;

Result<UniqueFd> open_file(const UniqueFd& directory, const char* name) {
    UniqueFd file(::openat(directory.get(), name, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC));
    if (!file.valid()) return fail(system_error(errno, std::string("open ") + name));
    return file;
}

Result<struct stat> look_at(const UniqueFd& file, const std::string& name) {
    struct stat there{};
    if (::fstat(file.get(), &there) != 0) return fail(system_error(errno, "look at " + name));
    if (!S_ISREG(there.st_mode) || there.st_nlink != 1)
        return fail(ErrorKind::invalid, name + " is not a regular file with one name");
    return there;
}

Result<std::string> read_small(const UniqueFd& file, const std::string& name) {
    std::string text(kLargestLogin + 1, '\0');
    std::size_t filled = 0;
    while (filled < text.size()) {
        const ssize_t got = ::pread(file.get(), text.data() + filled, text.size() - filled,
                                    static_cast<off_t>(filled));
        if (got < 0 && errno == EINTR) continue;
        if (got < 0) return fail(system_error(errno, "read " + name));
        if (got == 0) break;
        filled += static_cast<std::size_t>(got);
    }
    if (filled > kLargestLogin) return fail(ErrorKind::invalid, name + " has more than 64 KiB");
    text.resize(filled);
    return text;
}

Result<void> check_closed(const struct stat& there, const std::string& path) {
    const bool ours = there.st_uid == ::geteuid() || there.st_uid == 0;
    if (ours && (there.st_mode & 0077U) == 0) return {};
    return fail(ErrorKind::invalid, path + " is open to others or belongs to somebody else", {},
                "chmod 0700 the directory and 0600 the file");
}

Result<void> check_has_all(const Json& refreshed, const Json& lent) {
    for (const auto& [key, value] : lent.items()) {
        const auto found = refreshed.find(key);
        if (found == refreshed.end() || found->type_name() != std::string_view(value.type_name()))
            return fail(ErrorKind::invalid, "what the worker has in its place lacks " + key);
        if (value.is_object())
            if (Result<void> inner = check_has_all(*found, value); !inner) return inner;
    }
    return {};
}

}  // namespace

std::optional<LoginPlace> place_of_login(AgentType type) {
    switch (type) {
        case AgentType::claude:
            return LoginPlace{".claude", ".credentials.json"};
        case AgentType::codex:
            return LoginPlace{".codex", "auth.json"};
        case AgentType::factory:
        case AgentType::custom:
        case AgentType::acp:
            break;
    }
    return std::nullopt;
}

Result<LoginFile> open_login(const std::string& directory, const LoginPlace& place) {
    LoginFile login;
    login.directory =
        UniqueFd(::open(directory.c_str(), O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC));
    struct stat there{};
    if (!login.directory.valid() || ::fstat(login.directory.get(), &there) != 0)
        return fail(system_error(errno, "open " + directory));
    if (Result<void> closed = check_closed(there, directory); !closed) return closed.fault();
    const std::string path = directory + '/' + place.file;
    Result<UniqueFd> file = open_file(login.directory, place.file);
    if (!file) return fail(file.error().context(directory));
    Result<struct stat> found = look_at(*file, path);
    if (!found) return found.fault();
    login.file = *found;
    if (Result<void> closed = check_closed(login.file, path); !closed) return closed.fault();
    Result<std::string> text = read_small(*file, path);
    if (!text) return text.fault();
    login.text = std::move(*text);
    const Result<Json> object = contracts::parse_json(login.text);
    if (!object || !object->is_object())
        return fail(ErrorKind::invalid, path + " is not a JSON object");
    return login;
}

Result<UniqueFd> open_directory_at(const UniqueFd& parent, const char* name) {
    UniqueFd directory(
        ::openat(parent.get(), name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC));
    if (!directory.valid()) return fail(system_error(errno, std::string("open ") + name));
    return directory;
}

Result<std::string> read_login(const UniqueFd& directory, const char* name, std::uint32_t owner) {
    Result<UniqueFd> file = open_file(directory, name);
    if (!file) return file.fault();
    Result<struct stat> there = look_at(*file, name);
    if (!there) return there.fault();
    if (there->st_uid != owner)
        return fail(ErrorKind::invalid, std::string(name) + " belongs to somebody else");
    return read_small(*file, name);
}

Result<void> check_refreshed(std::string_view refreshed, std::string_view lent) {
    const Result<Json> now = contracts::parse_json(refreshed);
    const Result<Json> before = contracts::parse_json(lent);
    if (!before) return before.fault();
    if (!now || !now->is_object())
        return fail(ErrorKind::invalid, "what the worker has in its place is not a login");
    return check_has_all(*now, *before);
}

Result<void> write_login(const UniqueFd& directory, const std::string& name, std::string_view text,
                         std::uint32_t owner, std::uint32_t group) {
    (void)::unlinkat(directory.get(), name.c_str(), 0);
    const UniqueFd file(::openat(directory.get(), name.c_str(),
                                 O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600));
    if (!file.valid()) return fail(system_error(errno, "create " + name));
    if (!contracts::write_all(file.get(), text)) return fail(system_error(errno, "write " + name));
    if (::geteuid() == 0 && ::fchown(file.get(), owner, group) != 0)
        return fail(system_error(errno, "give " + name + " to its user"));
    if (::fsync(file.get()) != 0)
        return fail(system_error(errno, "write " + name + " to the disk"));
    return {};
}

Result<void> replace_login(const UniqueFd& directory, const std::string& name,
                           std::string_view text, std::uint32_t owner, std::uint32_t group) {
    const std::string fresh = name + ".new";
    if (Result<void> written = write_login(directory, fresh, text, owner, group); !written)
        return written;
    if (::renameat(directory.get(), fresh.c_str(), directory.get(), name.c_str()) != 0)
        return fail(system_error(errno, "put " + name + " in place"));
    if (::fsync(directory.get()) != 0)
        return fail(system_error(errno, "write the directory of " + name + " to the disk"));
    return {};
}

}  // namespace control
